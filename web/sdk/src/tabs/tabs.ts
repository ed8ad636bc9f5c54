import type { Runtime } from '../base/runtime.js';
import { browserChannel, type Channel } from './channel.js';
import { lockOf, type Lock } from './lock.js';
import { browserStore, memoryStore, type Store } from './store.js';

/** What one tab tells the others. */
export interface News {
  /** The key of the store that changed. */
  readonly key: string;
  /** A message that waited under this key was stored under this sequence number. */
  readonly sentSeq?: number;
}

/** What the tabs of one browser have in common. */
export interface Tabs {
  readonly store: Store;
  /**
   * Runs while no other tab runs under the same name, as far as that can be had: after `lockMs` it
   * runs all the same. It saves work; nothing may be wrong when two run at once. Where the browser
   * has no locks, `sure` takes a moment longer and makes that less likely.
   */
  exclusive<T>(name: string, run: () => Promise<T>, sure?: boolean): Promise<T>;
  /** Tells the other tabs, not this one. May be lost. */
  tell(news: News): void;
  /** Listens until the function that is returned gets called. */
  on(listener: (news: News) => void): () => void;
  /** Listens no more. */
  close(): void;
}

/** The tabs of this browser: what is there is used, and what is not there is done without. */
export function browserTabs(runtime: Runtime, lockMs: number): Tabs {
  const store = browserStore(() => localStorage);
  return tabsOf(store, browserChannel(), lockOf(store, runtime, lockMs));
}

/** One program by itself: nothing is shared, and nothing outlives it unless the store does. */
export function soloTabs(runtime: Runtime, lockMs: number, store = memoryStore()): Tabs {
  const silent: Channel = {
    post: () => undefined,
    on: () => () => undefined,
    close: () => undefined,
  };
  return tabsOf(store, silent, lockOf(store, runtime, lockMs));
}

function tabsOf(store: Store, channel: Channel, lock: Lock): Tabs {
  return {
    store,
    exclusive: (name, run, sure = false) => lock(name, run, sure),
    tell: (news) => channel.post(news),
    on: (listener) => channel.on(listener),
    close: () => channel.close(),
  };
}
