import { create, type Init } from '@kefu/sdk/codec';
import { expect, test } from 'vitest';
import { MessageSchema, Sender, type Message } from '@kefu/sdk/proto/message';
import { timeline, type Row } from '../src/lib/chat/timeline';
import type { Outgoing } from '@kefu/sdk';
import { text } from '../sdk/tests/support/client';

const START = new Date(2026, 10, 21, 9, 0).getTime();
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const { VISITOR, BOT, SYSTEM } = Sender;

let seq = 0n;
function message(sender: Sender, afterMs: number, more: Init<Message> = {}) {
  seq += 1n;
  const createdAtMs = BigInt(START + afterMs);
  return create(MessageSchema, { seq, sender, createdAtMs, body: text('…'), ...more });
}

const waiting = (clientId: string, queuedAtMs: number): Outgoing => ({
  clientId,
  body: text('hi'),
  queuedAtMs,
  order: queuedAtMs,
  utcOffsetMinutes: 0,
  quoteSeq: 0,
  state: 'sending',
  tries: 0,
  notBeforeMs: 0,
});

const shape = (rows: Row[]) =>
  rows.map((row) =>
    'first' in row ? `${row.kind}${row.first ? '<' : ''}${row.last ? '>' : ''}` : row.kind,
  );

test('groups one speaker, parts at another, at a pause and at a notice', () => {
  const notice = { kind: { case: 'notice' as const, value: {} } };
  const rows = timeline(
    [
      message(VISITOR, 0),
      message(VISITOR, SECOND),
      message(BOT, 2 * SECOND),
      message(SYSTEM, 3 * SECOND, { body: notice }),
      message(BOT, 4 * SECOND),
      message(BOT, 4 * MINUTE),
      message(BOT, 10 * MINUTE),
    ],
    [],
    VISITOR,
    0n,
  );
  expect(shape(rows)).toEqual([
    'time',
    'message<',
    'message>',
    'message<>',
    'notice',
    'message<>',
    'message<>',
    'time',
    'message<>',
  ]);
});

test('a new day shows its time even without a pause', () => {
  const nearMidnight = new Date(2026, 10, 21, 23, 59, 50).getTime() - START;
  const rows = timeline(
    [message(BOT, nearMidnight), message(BOT, nearMidnight + 20 * SECOND)],
    [],
    VISITOR,
    0n,
  );
  expect(shape(rows)).toEqual(['time', 'message<>', 'time', 'message<>']);
});

test('a bubble keeps its key when its message is stored', () => {
  const outgoing = waiting('ABC', START);
  const [, before] = timeline([], [outgoing], VISITOR, 0n);
  const [, after] = timeline([message(VISITOR, 0, { clientId: 'ABC' })], [], VISITOR, 0n);
  expect(before?.kind).toBe('outgoing');
  expect(after?.key).toBe(before?.key);
});

test('what is on its way joins the group of what is stored', () => {
  const outgoing = waiting('X', START + SECOND);
  const rows = timeline([message(VISITOR, 0, { senderId: 5n })], [outgoing], VISITOR, 5n);
  expect(shape(rows)).toEqual(['time', 'message<', 'outgoing>']);
});
