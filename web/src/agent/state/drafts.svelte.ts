import { SvelteMap } from 'svelte/reactivity';
import { browserTabs, DEFAULT_LIMITS, Drafts, systemRuntime } from '@kefu/sdk';
import { local } from '../../lib/storage';

/** Where an agent's begun notes are kept; replies are the client's. */
export const notePrefix = (person: string) => `kefu.note.${person}.`;
export const replyPrefix = (person: string) => `kefu.draft.${person}.`;

/** Begun notes of that agent, shared by the tabs of this browser. */
export function noteDrafts(person: string): Drafts {
  return new Drafts(browserTabs(systemRuntime, DEFAULT_LIMITS.lockMs), notePrefix(person));
}

/**
 * What was begun in each conversation and not sent, and in which there is any. It is kept while the
 * agent looks elsewhere and over a reload; where storage is denied, as long as the page. Nothing here
 * ever sends anything.
 */
export class DraftBook {
  /** Only what is not empty. */
  private readonly begun = new SvelteMap<bigint, string>();

  constructor(
    private readonly drafts: Drafts,
    prefix: string,
  ) {
    for (const key of local.keys(prefix)) {
      const id = key.slice(prefix.length);
      if (/^\d+$/.test(id)) this.refresh(BigInt(id));
    }
    drafts.on('change', (id, text) => this.learn(id, text));
  }

  get(id: bigint): string {
    return this.begun.get(id) ?? '';
  }

  set(id: bigint, text: string): void {
    this.learn(id, text);
    this.drafts.set(id, text);
  }

  /** What another tab wrote while nobody here was told. */
  refresh(id: bigint): void {
    this.learn(id, this.drafts.get(id));
  }

  /** Forgets all: somebody else sits down at this browser. */
  clear(): void {
    for (const id of [...this.begun.keys()]) this.set(id, '');
    this.drafts.clear();
  }

  close(): void {
    this.drafts.close();
  }

  private learn(id: bigint, text: string): void {
    if (text === '') this.begun.delete(id);
    else this.begun.set(id, text);
  }
}
