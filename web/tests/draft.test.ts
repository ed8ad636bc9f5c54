// @vitest-environment happy-dom
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FileEdit, IntentsApi } from '../src/agent/intents/api';
import { Draft } from '../src/agent/intents/draft.svelte';
import {
  CatalogueVersionSchema,
  CheckReplySchema,
  PublishReplySchema,
} from '../src/gen/kefu/v1/catalogue_pb';

const version = (number: bigint) =>
  create(CatalogueVersionSchema, { number, files: [{ path: 'a.yaml' }, { path: 'b.yaml' }] });

let checked: FileEdit[][];
let published: { files: FileEdit[]; expected: bigint }[];
let draft: Draft;
/** Another one in each test: what one user left is not another's. */
let user = 0n;

function fake(): IntentsApi {
  return {
    version: async (number: bigint) => version(number),
    file: async (number: bigint, path: string) => `${path} of ${number}`,
    check: async (files: FileEdit[]) => {
      checked.push(files);
      return create(CheckReplySchema, { ok: true });
    },
    publish: async (files: FileEdit[], _note: string, expected: bigint) => {
      published.push({ files, expected });
      return create(PublishReplySchema, { changed: true, version: version(expected + 1n) });
    },
  } as unknown as IntentsApi;
}

beforeEach(async () => {
  vi.useFakeTimers();
  checked = [];
  published = [];
  user += 1n;
  draft = new Draft(fake(), user);
  await draft.begin(3n);
});

afterEach(() => vi.useRealTimers());

test('a text is edited against the version that serves, and the same text again is no edit', async () => {
  await draft.load('a.yaml');
  expect(draft.text('a.yaml')).toBe('a.yaml of 3');
  draft.set('a.yaml', 'new');
  expect([draft.status('a.yaml'), draft.status('b.yaml')]).toEqual(['changed', 'same']);
  draft.set('a.yaml', 'a.yaml of 3');
  expect(draft.edits.size).toBe(0);
});

test('files come and go', () => {
  draft.set('c.yaml', 'new');
  draft.remove('b.yaml');
  expect(draft.paths).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
  expect([draft.status('b.yaml'), draft.status('c.yaml')]).toEqual(['removed', 'added']);
  draft.remove('c.yaml');
  expect(draft.paths).toEqual(['a.yaml', 'b.yaml']);
});

test('typing is checked once, after a pause', async () => {
  draft.set('a.yaml', 'x');
  draft.set('a.yaml', 'xy');
  expect(draft.checking).toBe(true);
  await vi.runAllTimersAsync();
  expect(checked).toEqual([[{ path: 'a.yaml', text: 'xy' }]]);
  expect([draft.checking, draft.check?.ok]).toEqual([false, true]);
});

test('what is published names the version that it began with, and leaves nothing behind', async () => {
  draft.set('a.yaml', 'x');
  await vi.runAllTimersAsync();
  await draft.publish('why');
  expect(published).toEqual([{ files: [{ path: 'a.yaml', text: 'x' }], expected: 3n }]);
  expect([draft.edits.size, draft.base?.number]).toEqual([0, 4n]);
  await vi.runAllTimersAsync();
  expect(localStorage.getItem(`kefu.intents.draft.${user}`)).toBeNull();
});

test('edits outlive the page, on the version that they began with, until somebody goes on', async () => {
  draft.set('a.yaml', 'x');
  draft.remove('b.yaml');
  await vi.runAllTimersAsync();
  const later = new Draft(fake(), user);
  await later.begin(5n);
  expect(later.base?.number).toBe(3n);
  expect(later.files).toEqual([{ path: 'a.yaml', text: 'x' }, { path: 'b.yaml' }]);
  await later.rebase(5n);
  expect([later.base?.number, later.edits.size]).toEqual([5n, 2]);
  expect(new Draft(fake(), user + 1n).edits.size).toBe(0);
});

test('a broken file is brought back as it was, and an unknown one goes', async () => {
  await draft.overwrite('a.yaml');
  await draft.overwrite('unknown.yaml');
  expect(draft.files).toEqual([{ path: 'a.yaml', text: 'a.yaml of 3' }, { path: 'unknown.yaml' }]);
});
