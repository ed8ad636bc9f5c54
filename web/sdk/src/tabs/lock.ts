import type { Runtime } from '../base/runtime.js';
import type { Store } from './store.js';

/** Runs alone under that name, or after the longest wait all the same. See `Tabs.exclusive`. */
export type Lock = <T>(name: string, run: () => Promise<T>, sure: boolean) => Promise<T>;

/** A lease is looked at again after this long, and as much again by chance, milliseconds. */
const LOOK_MS = 40;

/**
 * Web Locks where there are any: the browser lets go of them when a tab dies. They exist on https
 * and localhost only; elsewhere a lease in the storage stands in, which two tabs may both believe to
 * have for a moment. That is enough: see `Tabs.exclusive`.
 */
export function lockOf(store: Store, runtime: Runtime, lockMs: number): Lock {
  const lease = leaseIn(store, runtime, lockMs);
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (!locks) return lease;
  return async (name, run, sure) => {
    const running = { begun: false };
    const waiting = new AbortController();
    const cancel = runtime.after(lockMs, () => waiting.abort());
    try {
      return await locks.request(name, { signal: waiting.signal }, () => {
        running.begun = true;
        cancel();
        // What the holder before wrote into the storage may still be on its way here.
        return sure ? pause(runtime, LOOK_MS).then(run) : run();
      });
    } catch (error) {
      if (running.begun) throw error;
      // The wait was over, or the browser denies locks to this page.
      return waiting.signal.aborted ? run() : lease(name, run, sure);
    } finally {
      cancel();
    }
  };
}

/** The stand-in, without Web Locks. */
export function leaseIn(store: Store, runtime: Runtime, lockMs: number): Lock {
  const tab = runtime.id();
  const chance = () => LOOK_MS * (1 + runtime.random());
  /** Whose it is, unless its time is over. */
  const holder = (key: string) => {
    const [owner, untilMs] = (store.get(key) ?? '').split(' ');
    return Number(untilMs) > runtime.now() ? owner : undefined;
  };
  return async (name, run, sure) => {
    // Apart from what the lock is about: whoever listens there is not to hear of it.
    const key = `kefu.lease.${name}`;
    // Two users of one tab are told apart as well as two tabs.
    const mine = `${tab}/${runtime.id()}`;
    const patienceMs = runtime.now() + lockMs;
    while (holder(key) !== mine && runtime.now() < patienceMs) {
      if (holder(key) === undefined) {
        store.set(key, `${mine} ${runtime.now() + lockMs}`);
        // Another tab may have written at the same time: the last one has it.
        if (sure) await pause(runtime, chance());
      } else {
        await pause(runtime, chance());
      }
    }
    try {
      return await run();
    } finally {
      if (holder(key) === mine) store.remove(key);
    }
  };
}

function pause(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => void runtime.after(ms, resolve));
}
