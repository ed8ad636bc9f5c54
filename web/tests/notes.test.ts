import { create } from '@kefu/sdk/codec';
import { MessageSchema, Sender } from '@kefu/sdk/proto/message';
import { NoteSchema } from '@kefu/sdk/proto/note';
import { expect, test } from 'vitest';
import { take } from '../src/agent/notes/log';
import { begun, pieces } from '../src/agent/notes/mentioned';
import { withNotes } from '../src/agent/notes/rows';
import { timeline, type PendingNote, type Row } from '../src/lib/chat/timeline';
import { text } from '../sdk/tests/support/client';

const note = (number: number, afterSeq = 0) =>
  create(NoteSchema, {
    number: BigInt(number),
    id: BigInt(100 + number),
    afterSeq: BigInt(afterSeq),
  });
const numbers = (notes: readonly { number: bigint }[]) => notes.map((each) => Number(each.number));

test('notes are taken once each and in order, whatever order they come in', () => {
  const first = take([], [note(2), note(1), note(1)]);
  expect([numbers(first.notes), first.gap]).toEqual([[1, 2], false]);
  const ahead = take(first.notes, [note(5)]);
  expect([numbers(ahead.notes), ahead.gap]).toEqual([[1, 2], true]);
  expect(ahead.notes, 'nothing new is the same list').toBe(first.notes);
  const all = take(first.notes, [note(5), note(3), note(2), note(4)]);
  expect([numbers(all.notes), all.gap]).toEqual([[1, 2, 3, 4, 5], false]);
});

const message = (seq: number, minute = 0) =>
  create(MessageSchema, {
    seq: BigInt(seq),
    sender: Sender.VISITOR,
    createdAtMs: BigInt(new Date(2026, 10, 21, 9, minute).getTime()),
    body: text('…'),
  });

const shape = (rows: Row[]) =>
  rows.map((row) => {
    if (row.kind === 'note') return row.note ? `note ${row.note.number}` : 'pending';
    return 'message' in row ? `${row.message.seq}` : row.kind;
  });

const pending: PendingNote = { clientId: 'p', text: 'x', whisper: false, atMs: 0 };
const waiting = {
  clientId: 'c',
  body: text('hi'),
  queuedAtMs: new Date(2026, 10, 21, 9, 1).getTime(),
  order: 1,
  utcOffsetMinutes: 0,
  quoteSeq: 0,
  state: 'sending' as const,
  tries: 0,
  notBeforeMs: 0,
};

test('a note stands behind the last message that was there when it was written', () => {
  const rows = timeline([message(1), message(2), message(3, 30)], [], Sender.AGENT, 0n);
  const notes = [note(1), note(2, 2), note(3, 2), note(4, 3)];
  const shown = ['note 1', 'time', '1', '2', 'note 2', 'note 3', 'time', '3', 'note 4', 'pending'];
  expect(shape(withNotes(rows, notes, [pending], false))).toEqual(shown);
});

test('before any message, and before one that is on its way, notes have their place', () => {
  expect(shape(withNotes([], [note(1)], [], false))).toEqual(['note 1']);
  const rows = timeline([message(1)], [waiting], Sender.AGENT, 0n);
  expect(shape(withNotes(rows, [note(1, 1)], [], false))).toEqual([
    'time',
    '1',
    'note 1',
    'outgoing',
  ]);
});

test('notes whose place is not loaded wait until it is', () => {
  const notes = [note(1), note(2, 3), note(3, 5), note(4, 6)];
  const late = timeline([message(5), message(6)], [], Sender.AGENT, 0n);
  expect(shape(withNotes(late, notes, [], true))).toEqual(['time', '5', 'note 3', '6', 'note 4']);
  const all = timeline(
    [1, 2, 3, 4, 5, 6].map((seq) => message(seq)),
    [],
    Sender.AGENT,
    0n,
  );
  const whole = shape(withNotes(all, notes, [], false));
  expect(whole.filter((each) => each.startsWith('note')).length).toBe(4);
});

const TEAM = ['li', 'li.na', '小王', '小王八', 'lin-da'];
const named = (said: string) => pieces(said, TEAM).flatMap(({ login }) => login ?? []);

test('mentions are shown where the server finds them', () => {
  expect(named('ask @LI, @li and @Li.Na.')).toEqual(['li', 'li', 'li.na']);
  expect(named('请@小王八和@小王看看')).toEqual(['小王八', '小王']);
  expect(named('(@lin-da)')).toEqual(['lin-da']);
  for (const said of ['', '@', 'li', '@ li', 'a@li', '@linda', '@li-na', '@王']) {
    expect(named(said), said).toEqual([]);
    expect(
      pieces(said, TEAM)
        .map((each) => each.text)
        .join(''),
    ).toBe(said);
  }
  const said = 'x @li y@li @@li';
  expect(
    pieces(said, TEAM)
      .map((each) => each.text)
      .join(''),
  ).toBe(said);
});

test('what is begun after an at is proposed, and nothing else', () => {
  expect(begun('ask @wa', 7)).toBe('wa');
  expect(begun('@', 1)).toBe('');
  expect(begun('请@小', 3)).toBe('小');
  expect(begun('ask @wa now', 7)).toBe('wa');
  for (const [said, cursor] of [
    ['ask', 3],
    ['a@b', 3],
    ['@wa x', 5],
    ['ask @wa', 3],
  ] as const) {
    expect(begun(said, cursor), said).toBeUndefined();
  }
});
