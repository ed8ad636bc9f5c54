// @vitest-environment happy-dom
import { create } from '@kefu/sdk/codec';
import { expect, test } from 'vitest';
import { Notice_Kind, NoticeSchema, Phase } from '@kefu/sdk/proto/message';
import { noticeForAgent, noticeForVisitor } from '../src/lib/chat/words';
import { en } from '../src/lib/i18n/en';
import { zh } from '../src/lib/i18n/zh';

/** Every leaf of a catalogue as "path: words", functions called with something plausible. */
function leaves(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node === 'function') return [[path, String(node(3, 5))]];
  return Object.entries(node as object).flatMap(([key, value]) => leaves(value, `${path}.${key}`));
}

test('both languages say the same things', () => {
  const paths = (catalogue: unknown) => leaves(catalogue).map(([path]) => path);
  expect(paths(en).sort()).toEqual(paths(zh).sort());
});

test('nothing is left empty or half translated', () => {
  // A status, phase or state of 0 is never shown; lists are indexed by the wire's numbers.
  const spoken = (catalogue: unknown) =>
    leaves(catalogue).filter(
      ([path]) =>
        !/\.(phases|statuses|statusHints|roles|origins|states|stateHints|strategies)\.0$/.test(
          path,
        ),
    );
  for (const [path, words] of [...spoken(zh), ...spoken(en)]) expect(words, path).not.toBe('');
  const chinese = /\p{Script=Han}/u;
  const mixed = spoken(en).filter(
    ([path, words]) => chinese.test(words) && !/switchLang/.test(path),
  );
  expect(mixed).toEqual([]);
});

test('Chinese is set with Chinese punctuation', () => {
  const wrong = leaves(zh).filter(([, words]) =>
    /\p{Script=Han}[,:;!?]|[,;!?]\p{Script=Han}/u.test(words),
  );
  expect(wrong).toEqual([]);
});

test('every problem word of the protocol has words for people', () => {
  const codes =
    'bad_frame too_large unauthenticated forbidden not_found conflict closed overloaded ' +
    'unavailable rate_limited invalid';
  for (const code of codes.split(' ')) {
    expect(zh.problems[code], code).toBeTruthy();
    expect(en.problems[code], code).toBeTruthy();
  }
});

/** The numbers of an enumeration, without 0. */
const numbers = (names: object) =>
  Object.values(names).filter((each): each is number => typeof each === 'number' && each > 0);

test('every kind of notice is worded for both sides, in both languages', () => {
  for (const kind of numbers(Notice_Kind)) {
    const notice = create(NoticeSchema, { kind, agentName: 'Li' });
    for (const m of [zh, en]) {
      expect(noticeForVisitor(notice, m), Notice_Kind[kind]).not.toBe(m.chat.unsupported);
      expect(noticeForAgent(notice, m), Notice_Kind[kind]).not.toBe(m.chat.unsupported);
    }
  }
});

test('every phase has a name', () => {
  for (const phase of numbers(Phase)) {
    expect(zh.agent.phases[phase], Phase[phase]).toBeTruthy();
    expect(en.agent.phases[phase], Phase[phase]).toBeTruthy();
  }
});
