import { create, type Init } from '@kefu/sdk/codec';
import { CannedReplySchema, type CannedReply } from '@kefu/sdk/proto/canned';
import { expect, test } from 'vitest';
import { fill, greetingOf, textFor, unknownIn, VARIABLES } from '../src/agent/canned/fill';
import { find, sought } from '../src/agent/canned/find';
import { cannedEn } from '../src/lib/i18n/canned.en';
import { cannedZh } from '../src/lib/i18n/canned.zh';

const values = {
  'visitor.name': '小陈',
  'agent.name': '{visitor.name}',
  'conversation.id': '7',
  'time.greeting': '早上好',
};

test('variables are filled in once, and what is none stays', () => {
  expect(fill('{time.greeting}，{visitor.name}：{conversation.id}', values)).toBe(
    '早上好，小陈：7',
  );
  expect(fill('{agent.name}', values), 'a value is no text').toBe('{visitor.name}');
  expect(fill('{order.id} {} { x } {visitor.name', values)).toBe(
    '{order.id} {} { x } {visitor.name',
  );
});

test('the page refuses the names that the core refuses', () => {
  for (const fine of ['', '{} { } {你好} {a b}', '{{visitor.name}}', '{visitor.name']) {
    expect(unknownIn(fine), fine).toBeUndefined();
  }
  for (const [text, name] of [
    ['{order.id}', 'order.id'],
    ['{visitor.name} {Agent.name}', 'Agent.name'],
    ['{ {visitor} }', 'visitor'],
    ['{}{x}', 'x'],
  ]) {
    expect(unknownIn(text ?? ''), text).toBe(name);
  }
  for (const words of [cannedZh, cannedEn]) {
    expect(Object.keys(words.variableNames)).toEqual([...VARIABLES]);
  }
});

test('every hour has a greeting, in both languages', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => greetingOf(hour));
  expect(new Set(hours).size).toBe(cannedZh.greetings.length);
  expect(cannedEn.greetings.length).toBe(cannedZh.greetings.length);
  expect([0, 8, 9, 13, 17, 23].map((hour) => cannedZh.greetings[greetingOf(hour)])).toEqual([
    '夜深了',
    '早上好',
    '上午好',
    '中午好',
    '下午好',
    '晚上好',
  ]);
});

const reply = (shortcut: string, more: Init<CannedReply> = {}) =>
  create(CannedReplySchema, { shortcut, title: '标题', textZh: '内容', ...more });

test("the text is that of the conversation's language, or the one that there is", () => {
  const both = reply('a', { textZh: '您好', textEn: 'Hello' });
  expect([textFor(both, 'zh'), textFor(both, 'en')]).toEqual(['您好', 'Hello']);
  expect(textFor(reply('a', { textZh: '', textEn: 'Hi' }), 'zh')).toBe('Hi');
});

test('a slash looks only at the very beginning and on one line', () => {
  expect(['/', '/He', '/ hello '].map(sought)).toEqual(['', 'he', 'hello']);
  expect(['', 'a/', ' /', '/a\nb', 'http://x'].map(sought)).toEqual(Array(5).fill(undefined));
});

test("what fits best comes first, and one's own before the shared ones", () => {
  const all = [
    reply('bye'),
    reply('hello'),
    reply('hello-again', { ownerId: 7n }),
    reply('othello'),
    reply('x', { title: 'Say Hello' }),
    reply('y', { textEn: 'well, hello' }),
  ];
  const names = (query: string) => find(all, query).map(({ shortcut }) => shortcut);
  expect(names('hello')).toEqual(['hello', 'hello-again', 'othello', 'x', 'y']);
  expect(names('')[0]).toBe('hello-again');
  expect(names('')).toHaveLength(6);
  expect(names('nothing')).toEqual([]);
});
