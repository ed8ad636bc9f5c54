import { SvelteMap } from 'svelte/reactivity';
import { newClientId, problemCode, type ChatClient } from '@kefu/sdk';
import { LeftState, type LeftMessage, type MoveLeftRequest_Action } from '@kefu/sdk/proto/left';
import { isWaiting, left, LEFT_PAGE } from '../../lib/left';

/** What the page shows one of at a time. */
export const TABS = ['open', 'taken', 'answered', 'closed'] as const;
export type Tab = (typeof TABS)[number];

const STATE: Record<Tab, LeftState> = {
  open: LeftState.OPEN,
  taken: LeftState.TAKEN,
  answered: LeftState.ANSWERED,
  closed: LeftState.CLOSED,
};

/**
 * Messages left, as far as this page has asked for them or heard of them. Each carries a version,
 * and the newest wins, whatever way it came.
 */
export class LeftDesk {
  /** Of which group; undefined: of all. */
  group = $state<bigint | undefined>();
  loading = $state(false);
  /** How many nobody works on yet, as far as they are known. */
  readonly open = $derived.by(() => this.of('open').length);
  private readonly known = new SvelteMap<bigint, LeftMessage>();
  /** Lists that have been read to their end, by tab and group. */
  private readonly whole = new SvelteMap<string, boolean>();
  /** Answers on their way: what was sent once goes under the same id. */
  private readonly answering = new Map<bigint, { clientId: string; text: string }>();

  constructor(private readonly client: ChatClient) {
    // At every connect: what happened during a cut is not said again.
    client.on('workspace', () => void this.reload());
    client.connection.on('frame', (body) => {
      if (body.case === 'left') this.put(body.value);
    });
  }

  /** Those that wait longest first, the others newest first. */
  list(tab: Tab): LeftMessage[] {
    const { group } = this;
    return this.of(tab).filter((each) => group === undefined || each.groupId === group);
  }

  mayHaveMore(tab: Tab): boolean {
    return !this.whole.get(this.key(tab));
  }

  /** The next page of a list. Rejects with a `ProblemError`. */
  async more(tab: Tab): Promise<void> {
    if (this.loading || !this.mayHaveMore(tab)) return;
    const key = this.key(tab);
    this.loading = true;
    try {
      const after = this.pages.get(key) ?? 0n;
      const page = await left.list(this.client.rest, STATE[tab], this.group, after);
      page.forEach((each) => this.put(each));
      this.pages.set(key, page.at(-1)?.id ?? after);
      this.whole.set(key, page.length < LEFT_PAGE);
    } finally {
      this.loading = false;
    }
  }

  /** Rejects with a `ProblemError`; after a conflict the lists are read again. */
  move(message: LeftMessage, action: MoveLeftRequest_Action, reason = ''): Promise<void> {
    return this.changed(left.move(this.client.rest, message, action, reason));
  }

  async answer(message: LeftMessage, text: string): Promise<void> {
    let sent = this.answering.get(message.id);
    if (sent?.text !== text) sent = { clientId: newClientId(), text };
    this.answering.set(message.id, sent);
    await this.changed(left.answer(this.client.rest, message, sent.clientId, text));
    this.answering.delete(message.id);
  }

  /** Takes what the server says of one; a frame need not say again what was written. */
  put(message: LeftMessage): void {
    const before = this.known.get(message.id);
    if (before && before.version > message.version) return;
    const silent = before !== undefined && !message.text && !message.recalled;
    const { text, visitorName } = silent ? before : message;
    this.known.set(message.id, { ...message, text, visitorName });
  }

  /** Where the next page of a list begins. */
  private readonly pages = new Map<string, bigint>();

  private of(tab: Tab): LeftMessage[] {
    const rows = [...this.known.values()].filter((each) => each.state === STATE[tab]);
    const way = isWaiting(STATE[tab]) ? 1 : -1;
    return rows.sort((a, b) => (a.id < b.id ? -way : way));
  }

  private key(tab: Tab): string {
    return `${tab}.${this.group ?? ''}`;
  }

  private async changed(answer: Promise<LeftMessage>): Promise<void> {
    try {
      this.put(await answer);
    } catch (error) {
      if (problemCode(error) === 'conflict') await this.reload();
      throw error;
    }
  }

  /** Everything anew from the beginnings of the lists that somebody works through. */
  private async reload(): Promise<void> {
    this.pages.clear();
    this.whole.clear();
    for (const tab of ['open', 'taken'] as const) {
      try {
        const page = await left.list(this.client.rest, STATE[tab], undefined, 0n);
        const listed = new Set(page.map(({ id }) => id));
        const last = page.length === LEFT_PAGE ? page.at(-1)?.id : undefined;
        for (const each of this.of(tab)) {
          const within = last === undefined || each.id <= last;
          if (within && !listed.has(each.id)) this.known.delete(each.id);
        }
        page.forEach((each) => this.put(each));
      } catch {
        // Cut or overloaded: the next snapshot asks again.
      }
    }
  }
}
