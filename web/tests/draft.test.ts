// @vitest-environment happy-dom
import { create } from '@kefu/sdk/codec';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FileEdit, IntentsApi } from '../src/agent/intents/api';
import { Draft } from '../src/agent/intents/draft.svelte';
import { ProblemError } from '@kefu/sdk';
import {
  CatalogueFileSchema,
  CatalogueVersionSchema,
  CheckReplySchema,
  PublishReplySchema,
} from '@kefu/sdk/proto/catalogue';

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
    file: async (number: bigint, path: string) => {
      if (path === 'new.yaml') throw new ProblemError('not_found', path);
      return `${path} of ${number}`;
    },
    files: async (path = '') => {
      const files = [{ path: 'a.yaml', text: 'a.yaml on disk' }, { path: 'new.yaml' }];
      const wanted = files.filter((each) => !path || each.path === path);
      return wanted.map((each) => create(CatalogueFileSchema, each));
    },
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

test('while the directory is broken its own files are edited, and mended against the version that serves', async () => {
  await draft.begin(3n, 77n);
  expect(draft.paths).toEqual(['a.yaml', 'new.yaml']);
  await draft.load('a.yaml');
  expect(draft.text('a.yaml')).toBe('a.yaml on disk');
  draft.set('a.yaml', 'mended');
  expect([draft.status('a.yaml'), draft.status('new.yaml')]).toEqual(['changed', 'same']);
  await draft.publish('why');
  expect(published).toEqual([{ files: [{ path: 'a.yaml', text: 'mended' }], expected: 3n }]);
  expect([draft.base?.number, draft.refusedAt, draft.paths]).toEqual([
    4n,
    0n,
    ['a.yaml', 'b.yaml'],
  ]);
});

test('a broken file is brought back as it serves, and one that does not serve goes', async () => {
  await draft.begin(3n, 77n);
  await draft.bringBack('a.yaml');
  await draft.bringBack('new.yaml');
  expect(draft.files).toEqual([{ path: 'a.yaml', text: 'a.yaml of 3' }, { path: 'new.yaml' }]);
});

test('what breaks or is mended on the server meanwhile is read anew, and the edits stay', async () => {
  draft.set('a.yaml', 'x');
  await vi.runAllTimersAsync();
  await draft.begin(3n, 77n);
  expect([draft.text('a.yaml'), draft.refusedAt]).toEqual(['x', 77n]);
  await draft.begin(3n);
  await draft.load('b.yaml');
  expect([draft.text('a.yaml'), draft.text('b.yaml')]).toEqual(['x', 'b.yaml of 3']);
});
