import { expect, test } from 'vitest';
import { indent, newline, outdent, toggleComment, type Edit } from '../src/lib/code';

/** A text with its selection between two bars, or at one. */
function play(key: (text: string, start: number, end: number) => Edit, drawn: string): string {
  const start = drawn.indexOf('|');
  const last = drawn.lastIndexOf('|');
  const text = drawn.replaceAll('|', '');
  const end = last === start ? start : last - 1;
  const edit = key(text, start, end);
  const after = text.slice(0, edit.from) + edit.text + text.slice(edit.to);
  const marked = after.slice(0, edit.end) + '|' + after.slice(edit.end);
  return edit.start === edit.end
    ? marked
    : marked.slice(0, edit.start) + '|' + marked.slice(edit.start);
}

test('Tab goes to the next stop', () => {
  expect(play(indent, '|a')).toBe('  |a');
  expect(play(indent, 'abc|')).toBe('abc |');
  expect(play(indent, 'x\n  |a')).toBe('x\n    |a');
});

test('Tab on a selection moves every line of it, and no empty one', () => {
  expect(play(indent, 'a|b\n\nc|d')).toBe('  a|b\n\n  c|d');
});

test('Shift+Tab moves lines out, as far as they can go', () => {
  expect(play(outdent, '    a|')).toBe('  a|');
  expect(play(outdent, '|  a\n b\nc|')).toBe('|a\nb\nc|');
});

test('Enter begins below, deeper after a key, and goes on with a list', () => {
  expect(play(newline, '  title: x|')).toBe('  title: x\n  |');
  expect(play(newline, '    phrasings:|')).toBe('    phrasings:\n      |');
  expect(play(newline, '      - 我要退货|')).toBe('      - 我要退货\n      - |');
  expect(play(newline, '  - id: a.b|')).toBe('  - id: a.b\n    |');
});

test('Enter on an empty item ends the list', () => {
  expect(play(newline, 'a:\n  - x\n  - |')).toBe('a:\n  - x\n  |');
});

test('comments come and go', () => {
  expect(play(toggleComment, '  a: b|')).toBe('  # a: b|');
  expect(play(toggleComment, '  # a: b|')).toBe('  a: b|');
  expect(play(toggleComment, '|a\n# b|')).toBe('# |a\n# # b|');
});
