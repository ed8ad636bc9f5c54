import { create, type Init } from '@kefu/sdk/codec';
import { ConversationSchema, Phase, Sender, type Conversation } from '@kefu/sdk/proto/message';
import { expect, test } from 'vitest';
import { needy, reasonFor, type Sights } from '../src/agent/state/attention';

const ME = 1n;
const conversation = (init: Init<Conversation>) => create(ConversationSchema, init);
const sights = (some: Partial<Sights> = {}): Sights => ({
  nowMs: 100_000,
  me: ME,
  afterMs: 60_000,
  fallbacks: 2,
  offered: 0n,
  alerted: new Set(),
  ...some,
});
const served = (init: Init<Conversation> = {}) =>
  conversation({
    id: 7n,
    phase: Phase.SERVING,
    agentId: ME,
    lastSender: Sender.VISITOR,
    updatedAtMs: 10_000n,
    ...init,
  });

test('an own visitor who waits too long for an answer needs it', () => {
  expect(reasonFor(served(), sights())).toBe('waits');
  expect(reasonFor(served({ updatedAtMs: 50_000n }), sights())).toBeUndefined();
  expect(reasonFor(served({ lastSender: Sender.AGENT }), sights())).toBeUndefined();
  expect(reasonFor(served({ agentId: 2n }), sights())).toBeUndefined();
  expect(reasonFor(served({ phase: Phase.WRAP_UP }), sights())).toBeUndefined();
});

test('the bot needs help when it fails too often in a row, and only the bot', () => {
  const lost = (fallbacks: number, phase = Phase.BOT) =>
    reasonFor(conversation({ id: 7n, phase, fallbacks }), sights());
  expect([lost(1), lost(2), lost(3)]).toEqual([undefined, 'lost', 'lost']);
  expect(lost(3, Phase.QUEUED)).toBeUndefined();
  const off = sights({ fallbacks: 0 });
  expect(reasonFor(conversation({ id: 7n, phase: Phase.BOT }), off)).toBeUndefined();
});

test('words, offers and promised times count wherever the conversation stands, but for closed ones', () => {
  const queued = conversation({ id: 7n, phase: Phase.QUEUED });
  expect(reasonFor(queued, sights({ alerted: new Set([7n]) }))).toBe('words');
  expect(reasonFor(queued, sights({ offered: 7n }))).toBe('offered');
  expect(reasonFor(queued, sights({ isDue: () => true }))).toBe('due');
  const closed = conversation({ id: 7n, phase: Phase.CLOSED });
  expect(reasonFor(closed, sights({ alerted: new Set([7n]), isDue: () => true }))).toBeUndefined();
});

test('each is listed once, the most urgent first, then who has waited longest', () => {
  const all = [
    conversation({ id: 1n, phase: Phase.BOT, fallbacks: 2 }),
    served({ id: 2n, updatedAtMs: 30_000n }),
    served({ id: 3n, updatedAtMs: 20_000n }),
    conversation({ id: 4n, phase: Phase.QUEUED }),
    served({ id: 3n, updatedAtMs: 20_000n }),
    served({ id: 5n, updatedAtMs: 99_000n }),
  ];
  const found = needy(all, sights({ offered: 4n }));
  expect(found.map(({ conversation: { id }, reason }) => [Number(id), reason])).toEqual([
    [4, 'offered'],
    [3, 'waits'],
    [2, 'waits'],
    [1, 'lost'],
  ]);
});
