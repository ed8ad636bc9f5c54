import { create } from '@kefu/sdk/codec';
import { AssistCountSchema } from '@kefu/sdk/proto/assist';
import { EndingSchema } from '@kefu/sdk/proto/closing';
import { MessageSchema, Notice_Kind, Sender, type Message } from '@kefu/sdk/proto/message';
import { ProposalsSchema } from '@kefu/sdk/proto/proposal';
import { textBody } from '@kefu/sdk';
import { expect, test } from 'vitest';
import { byIntent, shareTaken } from '../src/agent/assist/counts';
import { proposalKey } from '../src/agent/assist/keys';
import { origin, shown } from '../src/agent/assist/shown';
import { EMOJI, moved } from '../src/agent/emoji/emoji';
import { addressOf } from '../src/agent/visitors/address';
import { pastTalks } from '../src/agent/visitors/talks';

const said = (seq: bigint, sender: Sender, recalledSeq = 0n): Message =>
  create(MessageSchema, {
    seq,
    sender,
    recalledSeq,
    body: recalledSeq ? undefined : textBody('x'),
  });

const closed = (seq: bigint, agentId: bigint): Message =>
  create(MessageSchema, {
    seq,
    createdAtMs: seq * 1_000n,
    sender: Sender.SYSTEM,
    body: {
      kind: {
        case: 'notice',
        value: { kind: Notice_Kind.CLOSED, agentId, agentName: agentId ? '小王' : '', reason: '' },
      },
    },
  });

const offer = create(ProposalsSchema, {
  conversationId: 7n,
  seq: 3n,
  catalogue: 'v1',
  proposals: [{ intent: 'a', title: 'A', text: 'answer', score: 0.9 }],
});

test('an offer is of use while the words that it answers are the last ones', () => {
  const visitor = said(3n, Sender.VISITOR);
  expect(shown(offer, [said(1n, Sender.AGENT), visitor])).toHaveLength(1);
  expect(shown(offer, [visitor, closed(4n, 0n)])).toHaveLength(1);
  expect(shown(offer, [visitor, said(4n, Sender.VISITOR)])).toEqual([]);
  expect(shown(offer, [visitor, said(4n, Sender.AGENT)])).toEqual([]);
  expect(shown(offer, [said(2n, Sender.VISITOR), said(3n, Sender.VISITOR, 4n)])).toEqual([]);
  expect(shown(undefined, [visitor])).toEqual([]);
  expect(shown(offer, [])).toEqual([]);
});

test('what is sent says where it came from, and whether it was changed', () => {
  const taken = { intent: 'a', catalogue: 'v1', text: 'answer' };
  expect(origin(undefined, 'answer')).toBeUndefined();
  expect(origin(taken, ' answer ')).toEqual({ intent: 'a', catalogue: 'v1', edited: false });
  expect(origin(taken, 'answer!')?.edited).toBe(true);
});

test('a key sends, one more takes it into the box, and others are left alone', () => {
  const key = (code: string, mods: string) =>
    proposalKey({
      code,
      altKey: mods.includes('a'),
      shiftKey: mods.includes('s'),
      ctrlKey: mods.includes('c'),
      metaKey: mods.includes('m'),
    });
  expect(key('Digit1', 'as')).toEqual({ index: 0, edit: false });
  expect(key('Digit4', 'asc')).toEqual({ index: 3, edit: true });
  for (const [code, mods] of [
    ['Digit5', 'as'],
    ['Digit1', 'a'],
    ['Digit1', 's'],
    ['Digit1', 'asm'],
    ['KeyA', 'as'],
  ] as const) {
    expect(key(code, mods)).toBeUndefined();
  }
});

test('counts are summed by intent over the days', () => {
  const count = (intent: string, day: bigint, proposed: bigint, taken: bigint, edited: bigint) =>
    create(AssistCountSchema, { intent, day, proposed, taken, edited });
  const rows = byIntent([
    count('a', 1n, 5n, 0n, 0n),
    count('b', 1n, 2n, 1n, 1n),
    count('b', 2n, 2n, 2n, 0n),
  ]);
  expect(
    rows.map(({ intent, proposed, taken, edited }) => [intent, proposed, taken, edited]),
  ).toEqual([
    ['b', 4, 3, 1],
    ['a', 5, 0, 0],
  ]);
  expect(rows.map(shareTaken)).toEqual([0.75, 0]);
  expect(shareTaken({ intent: 'c', proposed: 0, taken: 1, edited: 0 })).toBeNull();
});

test('earlier talks are those of the messages and those that were rated or summed up', () => {
  const messages = [said(1n, Sender.VISITOR), closed(2n, 0n), closed(5n, 9n), closed(8n, 9n)];
  const endings = [
    create(EndingSchema, {
      endedSeq: 5n,
      rating: { score: 4, agentName: '小王', createdAtMs: 6_000n },
    }),
    create(EndingSchema, {
      endedSeq: 3n,
      summary: { category: 'order', agentName: '小李', updatedAtMs: 3_500n },
    }),
  ];
  const talks = pastTalks(messages, endings);
  expect(talks.map(({ endedSeq }) => endedSeq)).toEqual([8n, 5n, 3n]);
  expect(talks[1]).toMatchObject({ score: 4, atMs: 5_000, agentName: '小王' });
  expect(talks[2]).toMatchObject({ category: 'order', atMs: 3_500, agentName: '小李' });
});

test('arrow keys walk over the emoji and stop at the edges', () => {
  expect(moved(0, 'ArrowRight')).toBe(1);
  expect(moved(0, 'ArrowLeft')).toBe(0);
  expect(moved(0, 'ArrowDown')).toBe(6);
  expect(moved(2, 'ArrowUp')).toBe(2);
  expect(moved(3, 'End')).toBe(EMOJI.length - 1);
  expect(moved(3, 'Home')).toBe(0);
  expect(moved(3, 'x')).toBeUndefined();
  expect(new Set(EMOJI).size).toBe(EMOJI.length);
});

test('an address is shown as people read it', () => {
  expect(addressOf('https://shop.example/%E9%9E%8B/')).toBe('shop.example/鞋');
  expect(addressOf('https://shop.example/%E9%9E')).toBe('shop.example/%E9%9E');
});
