// @vitest-environment happy-dom
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import Composer from '../src/lib/ui/Composer.svelte';

let sent: string[];
let accept: boolean;
let composer: ReturnType<typeof mount>;
let box: HTMLTextAreaElement;
let button: HTMLButtonElement;

beforeEach(() => {
  sent = [];
  accept = true;
  composer = mount(Composer, {
    target: document.body,
    props: {
      placeholder: 'write',
      maxChars: 30,
      testid: 'composer',
      sendTestid: 'send',
      onsend: (text: string) => {
        if (accept) sent.push(text);
        return accept;
      },
    },
  });
  flushSync();
  box = document.querySelector('[data-testid=composer]') as HTMLTextAreaElement;
  button = document.querySelector('[data-testid=send]') as HTMLButtonElement;
});

afterEach(() => unmount(composer));

function type(text: string): void {
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

function press(init: KeyboardEventInit & { keyCode?: number }): boolean {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
  if (init.keyCode) Object.defineProperty(event, 'keyCode', { value: init.keyCode });
  if (init.isComposing) Object.defineProperty(event, 'isComposing', { value: true });
  const passed = box.dispatchEvent(event);
  flushSync();
  return passed;
}

test('Enter sends what was typed, trimmed, and empties the box', () => {
  type('  hello ');
  expect(press({ key: 'Enter' })).toBe(false);
  expect(sent).toEqual(['hello']);
  expect(box.value).toBe('');
});

test('Shift+Enter is a line break, not a send', () => {
  type('first line');
  expect(press({ key: 'Enter', shiftKey: true })).toBe(true);
  expect(sent).toEqual([]);
});

test('Enter that chooses a candidate of an input method does not send', () => {
  type('ni hao');
  expect(press({ key: 'Enter', isComposing: true })).toBe(true);
  expect(press({ key: 'Enter', keyCode: 229 })).toBe(true);
  expect(sent).toEqual([]);
  expect(box.value).toBe('ni hao');
});

test('nothing but blanks cannot be sent', () => {
  type('  \n ');
  expect(button.disabled).toBe(true);
  press({ key: 'Enter' });
  expect(sent).toEqual([]);
});

test('characters are counted as people count them, and too many cannot be sent', () => {
  type('👍'.repeat(30));
  expect(button.disabled).toBe(false);
  type('👍'.repeat(31));
  expect(button.disabled).toBe(true);
  press({ key: 'Enter' });
  expect(sent).toEqual([]);
});

test('a text that could not be queued stays in the box', () => {
  accept = false;
  type('keep me');
  press({ key: 'Enter' });
  expect(box.value).toBe('keep me');
});
