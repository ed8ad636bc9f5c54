import { SvelteMap } from 'svelte/reactivity';
import { WordAlertsSchema, WordSeenSchema, type WordAlert } from '@kefu/sdk/proto/alert';
import type { Rest } from '@kefu/sdk';

/** What the page shows one of at a time: what nobody has seen, and what somebody has. */
export const TABS = ['unseen', 'seen'] as const;
export type Tab = (typeof TABS)[number];

/** Alerts in one page of a list. */
export const ALERT_PAGE = 50;

/**
 * Words that were found, as far as this supervisor's page has asked for them or heard of them. Frames say
 * where, and not why: that is read.
 */
export class AlertDesk {
  loading = $state(false);
  /** How many frames have told of one. */
  arrived = $state(0);
  /** How many nobody has seen, as far as they are known. */
  readonly unseen = $derived.by(() => this.of('unseen').length);
  private readonly known = new SvelteMap<bigint, WordAlert>();
  /** Down to which id each list has been read; 0: to its end. */
  private readonly read = new SvelteMap<Tab, bigint>();
  private renewing = false;
  private again = false;

  constructor(private readonly rest: Rest) {}

  /** Newest first. */
  list(tab: Tab): WordAlert[] {
    const down = this.read.get(tab);
    // What was seen just now may be older than what has been read of those that were.
    const within = (id: bigint) => tab === 'unseen' || (down !== undefined && id >= down);
    return this.of(tab).filter(({ id }) => within(id));
  }

  hasRead(tab: Tab): boolean {
    return this.read.has(tab);
  }

  mayHaveMore(tab: Tab): boolean {
    return this.read.get(tab) !== 0n;
  }

  /** The next page of a list. Rejects with a `ProblemError`. */
  async more(tab: Tab): Promise<void> {
    if (this.loading || !this.mayHaveMore(tab)) return;
    this.loading = true;
    try {
      const page = await this.page(tab, this.read.get(tab) ?? 0n);
      page.forEach((each) => this.known.set(each.id, each));
      this.read.set(tab, lowest(page));
    } finally {
      this.loading = false;
    }
  }

  /** The newest that nobody has seen, and nothing of the others: what was missed, and what frames do not say. */
  async renew(): Promise<void> {
    this.again = true;
    if (this.renewing) return;
    this.renewing = true;
    try {
      while (this.again) {
        this.again = false;
        await this.readNewest();
      }
    } catch {
      // Cut or overloaded: the next connect asks again.
    } finally {
      this.renewing = false;
    }
  }

  /** A frame told of one. */
  take(alert: WordAlert): void {
    if (!this.known.has(alert.id)) this.known.set(alert.id, alert);
    this.arrived += 1;
  }

  /** This supervisor has seen them. Rejects with a `ProblemError`. */
  async see(ids: readonly bigint[]): Promise<void> {
    if (ids.length === 0) return;
    const body = { ids: ids.map(String) };
    const by = await this.rest.read(WordSeenSchema, 'POST', '/word-alerts/seen', body);
    for (const id of ids) {
      const alert = this.known.get(id);
      if (!alert || alert.seen.some(({ agentId }) => agentId === by.agentId)) continue;
      this.known.set(id, { ...alert, seen: [...alert.seen, by] });
    }
  }

  private of(tab: Tab): WordAlert[] {
    const wanted = ({ seen }: WordAlert) => seen.length > 0 === (tab === 'seen');
    return [...this.known.values()].filter(wanted).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  private async page(tab: Tab, before: bigint): Promise<WordAlert[]> {
    const query = new URLSearchParams({ seen: String(tab === 'seen'), limit: String(ALERT_PAGE) });
    if (before > 0n) query.set('before', String(before));
    return (await this.rest.read(WordAlertsSchema, 'GET', `/word-alerts?${query}`)).alerts;
  }

  private async readNewest(): Promise<void> {
    const before = [...this.known.keys()];
    const page = await this.page('unseen', 0n);
    const down = lowest(page);
    const listed = new Set(page.map(({ id }) => id));
    for (const id of before) {
      const seen = (this.known.get(id)?.seen.length ?? 0) > 0;
      if (seen || (id >= down && !listed.has(id))) this.known.delete(id);
    }
    page.forEach((each) => this.known.set(each.id, each));
    this.read.delete('seen');
    const deeper = this.read.get('unseen');
    if (deeper === undefined || deeper > down) this.read.set('unseen', down);
  }
}

/** Down to which id a list is read with this page; 0: to its end. */
function lowest(page: readonly WordAlert[]): bigint {
  return page.length < ALERT_PAGE ? 0n : (page.at(-1)?.id ?? 0n);
}
