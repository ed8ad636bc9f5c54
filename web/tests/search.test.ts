import { create } from '@kefu/sdk/codec';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SearchHitSchema, SearchPageSchema, type SearchPage } from '@kefu/sdk/proto/chat';
import { MessageSearch, partsOf } from '../src/agent/state/search.svelte';
import { ProblemError } from '@kefu/sdk';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const page = (ids: bigint[], next = 0n): SearchPage =>
  create(SearchPageSchema, { hits: ids.map((id) => ({ message: { id } })), nextBeforeId: next });

/** A server whose answers come when the test says so. */
function server() {
  const calls: { query: string; before: bigint; only: bigint }[] = [];
  const answers: { resolve: (page: SearchPage) => void; reject: (error: unknown) => void }[] = [];
  const search = (query: string, only: bigint, before: bigint) => {
    calls.push({ query, before, only });
    return new Promise<SearchPage>((resolve, reject) => answers.push({ resolve, reject }));
  };
  return { calls, answers, search };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const ids = (search: MessageSearch) => search.hits.map((hit) => hit.message?.id);

test('it asks once when the typing has ended', async () => {
  const rest = server();
  const search = new MessageSearch(rest);
  for (const typed of ['退', '退款', '退款进']) search.type(typed);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(rest.calls).toEqual([{ query: '退款进', before: 0n, only: 0n }]);
});

test('the newest question wins, whatever order the answers come in', async () => {
  const rest = server();
  const search = new MessageSearch(rest);
  search.type('a');
  void search.run();
  search.type('b');
  void search.run();
  rest.answers[1]?.resolve(page([2n]));
  rest.answers[0]?.resolve(page([1n]));
  await settle();
  expect([ids(search), search.answered, search.state]).toEqual([[2n], 'b', 'done']);
});

test('a further page follows the first, and nothing is asked after the last', async () => {
  const rest = server();
  const search = new MessageSearch(rest);
  search.type('a');
  void search.run();
  rest.answers[0]?.resolve(page([9n, 8n], 8n));
  await settle();
  void search.more();
  expect(rest.calls[1]?.before).toBe(8n);
  rest.answers[1]?.resolve(page([7n]));
  await settle();
  expect([ids(search), search.hasMore]).toEqual([[9n, 8n, 7n], false]);
  await search.more();
  expect(rest.calls).toHaveLength(2);
});

test('what goes wrong is told in place of old hits, and asking again heals it', async () => {
  const rest = server();
  const search = new MessageSearch(rest);
  search.type('before');
  void search.run();
  rest.answers.shift()?.resolve(page([3n]));
  await settle();
  search.type('a');
  void search.run();
  rest.answers[0]?.reject(new ProblemError('unavailable', 'away'));
  await settle();
  expect([search.state, search.problem]).toEqual(['failed', 'unavailable']);
  expect(ids(search)).toEqual([]);
  void search.run();
  rest.answers[1]?.resolve(page([1n]));
  await settle();
  expect([search.state, ids(search)]).toEqual(['done', [1n]]);
});

test('an emptied field shows nothing, even when an answer is on its way', async () => {
  const rest = server();
  const search = new MessageSearch(rest);
  search.type('a');
  void search.run();
  search.type('');
  rest.answers[0]?.resolve(page([1n]));
  await settle();
  expect([search.state, ids(search)]).toEqual(['idle', []]);
});

test('spans count code points', () => {
  const hit = create(SearchHitSchema, {
    snippet: '…😀 我要退貨',
    spans: [{ start: 5, end: 7 }],
  });
  expect(partsOf(hit)).toEqual([
    { text: '…😀 我要', found: false },
    { text: '退貨', found: true },
  ]);
  expect(partsOf(create(SearchHitSchema, { snippet: 'x' }))).toEqual([{ text: 'x', found: false }]);
});
