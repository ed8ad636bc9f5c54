import { ChatClient, memoryStore, Sender, type News, type Room, type Tabs } from '@kefu/sdk';
import { leaseIn, type Lock } from '../../src/tabs/lock';
import { Dice } from '../support/seeds';
import { TabRuntime, type Clock } from './clock';
import type { SimNetwork } from './network';
import { SharedStorage } from './storage';
import { CONVERSATION } from './server';

/** How the tabs of a browser get along. */
export type Sharing = 'locks' | 'leases' | 'denied';

const LOCK_MS = 15_000;

/** Web Locks: first come, first served, and free again when their holder dies. */
class Locks {
  private readonly queues = new Map<string, { tab: Tab; grant: () => void }[]>();

  lockFor(tab: Tab): Lock {
    return async (name, run) => {
      const queue = this.queues.get(name) ?? [];
      this.queues.set(name, queue);
      await new Promise<void>((grant) => {
        queue.push({ tab, grant });
        if (queue.length === 1) grant();
      });
      try {
        return await run();
      } finally {
        if (queue[0]?.tab === tab) this.release(queue);
      }
    };
  }

  died(tab: Tab): void {
    for (const queue of this.queues.values()) {
      const held = queue[0]?.tab === tab;
      const others = queue.filter((each) => each.tab !== tab);
      queue.splice(0, queue.length, ...others);
      if (held) queue[0]?.grant();
    }
  }

  private release(queue: { grant: () => void }[]): void {
    queue.shift();
    queue[0]?.grant();
  }
}

/** A browser of one person: its tabs share a storage, locks and a channel, or nothing of it. */
export class Browser {
  readonly tabs: Tab[] = [];
  readonly locks = new Locks();
  readonly storage: SharedStorage;
  private opened = 0;

  constructor(
    readonly clock: Clock,
    readonly network: SimNetwork,
    readonly dice: Dice,
    readonly sharing: Sharing,
    readonly transports: readonly string[] = ['websocket'],
  ) {
    this.storage = new SharedStorage(clock, dice);
  }

  open(): Tab {
    this.opened += 1;
    const tab = new Tab(this, `tab${this.opened}`);
    this.tabs.push(tab);
    return tab;
  }

  /** The tab's process is gone: no goodbye, no clean-up. */
  kill(tab: Tab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    tab.die();
    this.locks.died(tab);
  }

  broadcast(from: Tab, news: News): void {
    for (const tab of this.tabs) {
      if (tab !== from) this.clock.after(this.dice.between(0, 20), () => tab.hear(news));
    }
  }
}

/** One tab: a client, and what it has shown. */
export class Tab {
  readonly client: ChatClient;
  readonly room: Room;
  /** Sequence numbers in the order in which they were handed out. */
  readonly seen: number[] = [];
  private readonly runtime: TabRuntime;
  private readonly listeners = new Set<(news: News) => void>();
  /** Whether other tabs know what waits in it. */
  readonly shares: boolean;
  private dead = false;

  constructor(browser: Browser, name: string) {
    this.shares = browser.sharing !== 'denied';
    this.runtime = new TabRuntime(browser.clock, new Dice(browser.dice.between(0, 2 ** 31)), name);
    this.client = new ChatClient({
      person: 'p',
      tabs: this.tabsOf(browser),
      runtime: this.runtime,
      transports: browser.transports.map((each) => browser.network.transport(each)),
      // Nobody is there to press "again"; and a minute must be enough to change transports often.
      limits: { sendTries: 1_000, upgradeBaseMs: 2_000, upgradeMaxMs: 8_000 },
    });
    this.room = this.client.room(CONVERSATION, 0, () => ({ sender: Sender.VISITOR, id: 1n }));
    this.room.on('messages', (_, fresh) => this.seen.push(...fresh.map(({ seq }) => Number(seq))));
    this.client.connection.start();
  }

  hear(news: News): void {
    if (this.dead) return;
    for (const listener of this.listeners) listener(news);
  }

  die(): void {
    this.dead = true;
    this.runtime.die();
    // The machine closes its sockets; nothing else of it happens any more.
    this.client.connection.stop();
  }

  private tabsOf(browser: Browser): Tabs {
    const denied = browser.sharing === 'denied';
    const store = denied ? memoryStore() : browser.storage.viewFor((key) => this.hear({ key }));
    const lease = leaseIn(store, this.runtime, LOCK_MS);
    const lock = browser.sharing === 'locks' ? browser.locks.lockFor(this) : lease;
    return {
      store,
      exclusive: (name, run, sure = false) => lock(name, run, sure),
      tell: (news) => denied || this.dead || browser.broadcast(this, news),
      on: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
      close: () => this.listeners.clear(),
    };
  }
}
