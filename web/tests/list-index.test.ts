import { create, type Init } from '@kefu/sdk/codec';
import { ConversationSchema, Phase, type Conversation } from '@kefu/sdk/proto/message';
import { expect, test } from 'vitest';
import { Conversations } from '../src/agent/state/conversations.svelte';
import { ListIndex } from '../src/agent/state/list-index';
import { listOf, ORDERS, type ListName } from '../src/agent/state/lists';
import { SIZE, windowsOf } from '../src/agent/list/windows';

const ME = 1n;
const conversation = (init: Init<Conversation>) => create(ConversationSchema, init);

/** The same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const PHASES = [Phase.BOT, Phase.QUEUED, Phase.SERVING, Phase.WRAP_UP, Phase.CLOSED];

function drawn(next: (below: number) => number, id: bigint): Conversation {
  return conversation({
    id,
    phase: PHASES[next(PHASES.length)],
    agentId: BigInt(next(3)),
    updatedAtMs: BigInt(next(50)),
    queuedAtMs: BigInt(next(50)),
    queuePosition: next(4),
    fallbacks: next(3),
  });
}

test('whatever changes, every list is as if it had been sorted anew', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const next = numbers(seed);
    const known = new Map<bigint, Conversation>();
    const index = new ListIndex(ME);
    for (let event = 0; event < 300; event += 1) {
      const id = BigInt(next(40) + 1);
      const before = known.get(id);
      if (before && next(10) === 0) {
        index.remove(before);
        known.delete(id);
        continue;
      }
      const after = drawn(next, id);
      index.put(before, after);
      known.set(id, after);
    }
    const sorted = (name: ListName) =>
      [...known.values()]
        .filter((each) => listOf(each, ME) === name)
        .sort(ORDERS[name])
        .map(({ id }) => id);
    const ids = (list: readonly Conversation[]) => list.map(({ id }) => id);
    for (const tab of ['serving', 'queued', 'bot', 'closed'] as const) {
      expect(ids(index.section(tab).mine), `seed ${seed}, ${tab}`).toEqual(sorted(tab));
    }
    expect(ids(index.section('serving').others)).toEqual(sorted('colleagues'));
    const lost = [...known.values()].filter(
      ({ phase, fallbacks }) => phase === Phase.BOT && fallbacks > 0,
    );
    expect(new Set(index.notUnderstood())).toEqual(new Set(lost));
  }
});

test('of a thousand conversations one that changes is compared with a few', () => {
  const next = numbers(7);
  const index = new ListIndex(ME);
  const all = Array.from({ length: 1_000 }, (_, n) =>
    conversation({ id: BigInt(n + 1), phase: Phase.QUEUED, queuedAtMs: BigInt(next(1e6)) }),
  );
  for (const each of all) index.put(undefined, each);
  for (const each of all.slice(0, 100)) {
    index.compared = 0;
    index.put(each, { ...each, queuedAtMs: BigInt(next(1e6)) });
    // Twice the way through a thousand, once out and once in.
    expect(index.compared).toBeLessThanOrEqual(2 * 11);
  }
});

test('the map and its lists say the same', () => {
  const conversations = new Conversations(ME);
  for (let n = 1n; n <= 1_000n; n += 1n) {
    conversations.set(n, conversation({ id: n, phase: Phase.BOT, updatedAtMs: n }));
  }
  conversations.set(1n, conversation({ id: 1n, phase: Phase.BOT, updatedAtMs: 5_000n }));
  expect(conversations.section('bot').mine[0]?.id).toBe(1n);
  expect(conversations.counts).toEqual({ serving: 0, queued: 0, bot: 1_000, closed: 0 });
  conversations.delete(1n);
  expect(conversations.counts.bot).toBe(999);
  conversations.clear();
  expect(conversations.counts.bot).toBe(0);
});

test('a list is made in pieces that leave nothing out', () => {
  expect(windowsOf(0)).toEqual([]);
  expect(windowsOf(1)).toEqual([{ from: 0, to: 1 }]);
  const pieces = windowsOf(1_000);
  expect(pieces).toHaveLength(Math.ceil(1_000 / SIZE));
  expect(pieces.reduce((rows, { from, to }) => rows + to - from, 0)).toBe(1_000);
});
