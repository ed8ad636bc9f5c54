import { create } from '@kefu/sdk/codec';
import { expect, test } from 'vitest';
import { MessageSchema, Sender, type Message } from '@kefu/sdk/proto/message';
import { withRecalls } from '@kefu/sdk';
import { timeline } from '../src/lib/chat/timeline';

const said = (seq: bigint, text: string) =>
  create(MessageSchema, {
    seq,
    sender: Sender.VISITOR,
    body: { kind: { case: 'text', value: { text } } },
  });
const recall = (seq: bigint, of: bigint) =>
  create(MessageSchema, {
    seq,
    sender: Sender.VISITOR,
    body: { kind: { case: 'recall', value: { seq: of } } },
  });
const kinds = (messages: readonly Message[]) =>
  timeline(messages, [], Sender.VISITOR, 0n)
    .filter(({ kind }) => kind !== 'time')
    .map(({ kind }) => kind);

test('a recall takes the words away and shows at the message, not where it came', () => {
  const messages = withRecalls([said(1n, 'a'), said(2n, 'b'), recall(3n, 1n)]);
  expect(messages.map(({ body, recalledSeq }) => [body === undefined, recalledSeq])).toEqual([
    [true, 3n],
    [false, 0n],
    [false, 0n],
  ]);
  expect(kinds(messages)).toEqual(['recalled', 'message']);
});

test('what comes recalled from the server stays so, and nothing else is touched', () => {
  const gone = create(MessageSchema, { seq: 1n, sender: Sender.AGENT, recalledSeq: 9n });
  const messages = [gone, said(2n, 'b')];
  expect(withRecalls(messages)).toBe(messages);
  expect(kinds(messages)).toEqual(['recalled', 'message']);
});
