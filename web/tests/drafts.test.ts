// @vitest-environment happy-dom
import { Drafts, memoryStore, soloTabs, systemRuntime, type News } from '@kefu/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DraftBook, noteDrafts, notePrefix, replyPrefix } from '../src/agent/state/drafts.svelte';

const ME = 'agent-7';

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

test('what was begun is there after a reload, in its conversation and of its person only', () => {
  const first = new DraftBook(noteDrafts(ME), notePrefix(ME));
  first.set(3n, 'begun');
  first.set(4n, 'sent');
  first.set(4n, '');
  first.close();
  const reloaded = new DraftBook(noteDrafts(ME), notePrefix(ME));
  expect([3n, 4n, 5n].map((id) => reloaded.get(id))).toEqual(['begun', '', '']);
  const other = new DraftBook(noteDrafts('agent-8'), notePrefix('agent-8'));
  expect(other.get(3n)).toBe('');
  reloaded.clear();
  const after = new DraftBook(noteDrafts(ME), notePrefix(ME));
  expect(after.get(3n), 'forgotten with the log-out').toBe('');
  for (const book of [reloaded, other, after]) book.close();
});

test('a note and a reply that were begun in one conversation do not meet', () => {
  expect(notePrefix(ME)).not.toBe(replyPrefix(ME));
  const store = memoryStore();
  const tabs = soloTabs(systemRuntime, 10, store);
  const reply = new DraftBook(new Drafts(tabs, replyPrefix(ME)), replyPrefix(ME));
  const note = new DraftBook(new Drafts(tabs, notePrefix(ME)), notePrefix(ME));
  reply.set(3n, 'for the visitor');
  note.set(3n, 'for colleagues');
  expect([reply.get(3n), note.get(3n)]).toEqual(['for the visitor', 'for colleagues']);
});

test('where storage is denied it lasts as long as the page', () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new Error('denied');
  });
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new Error('denied');
  });
  const book = new DraftBook(noteDrafts(ME), notePrefix(ME));
  book.set(3n, 'begun');
  book.refresh(3n);
  expect(book.get(3n)).toBe('begun');
  book.close();
});

test('what another tab writes or sends is known here', () => {
  const solo = soloTabs(systemRuntime, 10);
  let hear: (news: News) => void = () => {};
  const tabs = {
    ...solo,
    on(listener: (news: News) => void) {
      hear = listener;
      return () => {};
    },
  };
  const book = new DraftBook(new Drafts(tabs, notePrefix(ME)), notePrefix(ME));
  const key = `${notePrefix(ME)}3`;
  solo.store.set(key, 'from elsewhere');
  hear({ key });
  expect(book.get(3n)).toBe('from elsewhere');
  solo.store.remove(key);
  hear({ key });
  expect(book.get(3n)).toBe('');
});
