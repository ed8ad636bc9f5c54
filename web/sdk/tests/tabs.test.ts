// @vitest-environment happy-dom
import { browserStore, browserTabs, Drafts, memoryStore, soloTabs, systemRuntime } from '@kefu/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { leaseIn, lockOf } from '../src/tabs/lock';
import { Clock, TabRuntime } from './sim/clock';
import { until } from './support/client';
import { Dice, forSeeds } from './support/seeds';

afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

const deny = () => {
  throw new DOMException('denied', 'SecurityError');
};

test('a storage that is denied lasts as long as the page', () => {
  const store = browserStore(deny);
  store.set('a.1', 'one');
  store.set('b.1', 'two');
  expect(store.get('a.1')).toBe('one');
  expect(store.keys('a.')).toEqual(['a.1']);
  store.remove('a.1');
  expect(store.get('a.1')).toBeNull();
});

test('what another tab removed is gone, also for the tab that wrote it', () => {
  const store = browserStore(() => localStorage);
  store.set('key', 'value');
  localStorage.removeItem('key');
  expect(store.get('key')).toBeNull();
});

test('what finds no room in the storage lasts as long as the page, and leaves it with the next write', () => {
  const store = browserStore(() => localStorage);
  store.set('key', 'old');
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(deny);
  store.set('key', 'new');
  expect(store.get('key')).toBe('new');
  full.mockRestore();
  store.set('key', 'newer');
  expect(localStorage.getItem('key')).toBe('newer');
  expect(store.keys('key')).toEqual(['key']);
});

test('a draft is in the other tab as soon as it is written, and gone when it is sent', async () => {
  const tabs = [1, 2].map(() => browserTabs(systemRuntime, 1_000));
  const [mine, theirs] = tabs.map((each) => new Drafts(each, 'kefu.draft.p.'));
  const heard: string[] = [];
  theirs!.on('change', (id, text) => heard.push(`${id} ${text}`));
  mine!.set(7n, 'hello');
  await until(() => heard.length === 1, 'the draft');
  expect(theirs!.get(7n)).toBe('hello');
  mine!.set(7n, '');
  await until(() => heard.length === 2, 'sent');
  expect(heard).toEqual(['7 hello', '7 ']);
  mine!.set(7n, 'again');
  mine!.set(8n, 'another');
  theirs!.clear();
  expect([mine!.get(7n), mine!.get(8n)]).toEqual(['', '']);
  for (const each of tabs) each.close();
});

test('the storage’s own events tell the other tab, with BroadcastChannel or without', () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  const tabs = browserTabs(systemRuntime, 1_000);
  const keys: string[] = [];
  tabs.on(({ key }) => keys.push(key));
  dispatchEvent(new StorageEvent('storage', { key: 'kefu.draft.p.7' }));
  dispatchEvent(new StorageEvent('storage', { key: 'of somebody else' }));
  tabs.close();
  dispatchEvent(new StorageEvent('storage', { key: 'later' }));
  expect(keys).toEqual(['kefu.draft.p.7']);
});

test('a broadcast that overtakes the storage is made good when the storage has changed', () => {
  const tabs = browserTabs(systemRuntime, 1_000);
  const drafts = new Drafts(tabs, 'kefu.draft.p.');
  localStorage.setItem('kefu.draft.p.7', 'old');
  const heard: string[] = [];
  drafts.on('change', (_, text) => heard.push(text));
  dispatchEvent(new StorageEvent('storage', { key: 'kefu.draft.p.7' }));
  localStorage.removeItem('kefu.draft.p.7');
  dispatchEvent(new StorageEvent('storage', { key: 'kefu.draft.p.7' }));
  expect(heard).toEqual(['old', '']);
  tabs.close();
});

test('Web Locks are used where there are any; one that is never free is not waited for for ever', async () => {
  const asked: string[] = [];
  const request = (name: string, { signal }: LockOptions, run: () => Promise<unknown>) => {
    asked.push(name);
    if (name === 'free') return run();
    return new Promise((_, reject) => {
      signal!.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    });
  };
  vi.stubGlobal('navigator', { locks: { request } });
  const lock = lockOf(memoryStore(), systemRuntime, 20);
  expect(await lock('free', async () => 1, false)).toBe(1);
  expect(await lock('taken', async () => 2, false)).toBe(2);
  expect(asked).toEqual(['free', 'taken']);
  const failing = lock('free', () => Promise.reject(new Error('mine')), false);
  await expect(failing).rejects.toThrow('mine');
});

test('a page that is denied Web Locks makes do with leases', async () => {
  vi.stubGlobal('navigator', {
    locks: { request: () => Promise.reject(new DOMException('', 'SecurityError')) },
  });
  const lock = lockOf(memoryStore(), systemRuntime, 1_000);
  expect(await lock('name', async () => 'done', false)).toBe('done');
});

test('a sure lease is had by one tab at a time, and one of a tab that died runs out', async () => {
  await forSeeds(100, async (_, dice) => {
    const clock = new Clock();
    const store = memoryStore();
    let inside = 0;
    let most = 0;
    let done = 0;
    for (let tab = 0; tab < 4; tab += 1) {
      const runtime = new TabRuntime(clock, new Dice(dice.between(0, 1e9)), `tab${tab}`);
      const lease = leaseIn(store, runtime, 15_000);
      const work = async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise<void>((resolve) => clock.after(dice.between(1, 500), resolve));
        inside -= 1;
        done += 1;
      };
      clock.after(dice.between(0, 300), () => void lease('name', work, true));
    }
    await clock.runUntil(clock.nowMs + 10_000);
    expect({ most, done }).toEqual({ most: 1, done: 4 });

    store.set('kefu.lease.name', `somebody ${clock.nowMs + 15_000}`);
    const runtime = new TabRuntime(clock, dice, 'late');
    let late = 0;
    void leaseIn(store, runtime, 15_000)('name', async () => void (late = clock.nowMs), false);
    const beganMs = clock.nowMs;
    await clock.runUntil(clock.nowMs + 20_000);
    expect(late - beganMs).toBeGreaterThan(14_000);
  });
});

test('a program by itself shares nothing', () => {
  const [one, two] = [soloTabs(systemRuntime, 1), soloTabs(systemRuntime, 1)];
  one.store.set('key', 'value');
  expect(two.store.get('key')).toBeNull();
});
