// @vitest-environment happy-dom
import { create, type Init } from '@kefu/sdk/codec';
import { expect, test } from 'vitest';
import { byAgent } from '../src/agent/alerts/words';
import { WordAlerts } from '../src/agent/state/words.svelte';
import { WordAlertSchema, type WordAlert } from '@kefu/sdk/proto/alert';
import { Sender } from '@kefu/sdk/proto/message';

const alert = (conversationId: bigint, more: Init<WordAlert> = {}) =>
  create(WordAlertSchema, { conversationId, list: Sender.VISITOR, ...more });
const shown = ({ list }: WordAlerts) =>
  list.map(({ alert, times }) => [Number(alert.conversationId), times]);

test('one conversation is one finding, the newest first, counted, with its newest message', () => {
  const words = new WordAlerts();
  words.take(alert(1n, { seq: 4n }));
  words.take(alert(2n, { seq: 9n }));
  words.take(alert(1n, { seq: 7n }));
  expect(shown(words)).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(words.list[0]?.alert.seq).toBe(7n);
});

test('both sides of a conversation are findings of their own, and each is dismissed by itself', () => {
  const words = new WordAlerts();
  words.take(alert(1n));
  words.take(alert(1n, { list: Sender.AGENT, agentId: 5n }));
  expect(words.list.map(({ alert }) => byAgent(alert))).toEqual([true, false]);
  words.dismiss(words.list[0]?.key ?? '');
  expect(words.list.map(({ alert }) => byAgent(alert))).toEqual([false]);
});

test('however many come, a bounded number waits', () => {
  const words = new WordAlerts();
  for (let id = 1n; id <= 200n; id += 1n) words.take(alert(id));
  expect(words.list.length).toBe(50);
  expect(shown(words)[0]).toEqual([200, 1]);
});
