import { Emitter } from '../base/emitter.js';
import type { Tabs } from './tabs.js';

type DraftsEvents = {
  /** Another tab wrote or emptied the draft of this conversation. */
  change: [conversationId: bigint, text: string];
};

/** What was begun and not sent, by conversation: it survives a reload, and other tabs have it too. */
export class Drafts extends Emitter<DraftsEvents> {
  private readonly off: () => void;

  constructor(
    private readonly tabs: Tabs,
    /** What all keys begin with. */
    private readonly prefix: string,
  ) {
    super();
    this.off = tabs.on(({ key }) => this.heard(key));
  }

  get(conversationId: bigint): string {
    return this.tabs.store.get(this.prefix + conversationId) ?? '';
  }

  /** Keeps it, and tells the other tabs; the last one who writes wins. */
  set(conversationId: bigint, text: string): void {
    const key = this.prefix + conversationId;
    if (text === this.get(conversationId)) return;
    if (text === '') this.tabs.store.remove(key);
    else this.tabs.store.set(key, text);
    this.tabs.tell({ key });
  }

  /** Forgets all of them: somebody else sits down at this browser. */
  clear(): void {
    const { store } = this.tabs;
    for (const key of store.keys(this.prefix)) {
      store.remove(key);
      this.tabs.tell({ key });
    }
  }

  close(): void {
    this.off();
  }

  private heard(key: string): void {
    if (!key.startsWith(this.prefix)) return;
    const id = key.slice(this.prefix.length);
    if (/^\d+$/.test(id)) this.emit('change', BigInt(id), this.get(BigInt(id)));
  }
}
