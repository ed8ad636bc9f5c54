import type { SearchHit } from '@kefu/sdk/proto/chat';
import { problemCode, type Rest } from '@kefu/sdk';

/** Nobody has stopped typing before this much silence, milliseconds. */
const QUIET_MS = 200;
/** Hits of one page. */
const PAGE = 20;

/** A piece of a snippet: found, or what stands around it. */
export interface Part {
  text: string;
  found: boolean;
}

/** Searching what was said: the newest question wins, whatever order the answers come in. */
export class MessageSearch {
  query = $state('');
  /** Only in this conversation. */
  only = $state<bigint | undefined>();
  hits = $state.raw<readonly SearchHit[]>([]);
  state = $state<'idle' | 'loading' | 'done' | 'failed'>('idle');
  /** The code of what went wrong. */
  problem = $state('');
  catchingUp = $state(false);
  /** The query that `hits` answer. */
  answered = $state('');
  private next = $state(0n);
  readonly hasMore = $derived.by(() => this.next > 0n);
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly rest: Pick<Rest, 'search'>) {}

  /** Something was typed: asks when it is quiet. */
  type(query: string): void {
    this.query = query;
    clearTimeout(this.timer);
    if (query.trim() === '') this.clear();
    else this.timer = setTimeout(() => void this.run(), QUIET_MS);
  }

  within(only: bigint | undefined): void {
    this.only = only;
    if (this.query.trim() !== '') void this.run();
  }

  /** Asks now, from the newest on. */
  async run(): Promise<void> {
    clearTimeout(this.timer);
    await this.ask(0n);
  }

  async more(): Promise<void> {
    if (this.hasMore && this.state === 'done') await this.ask(this.next);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.asked += 1;
    if (this.state === 'loading') this.state = this.hits.length > 0 ? 'done' : 'idle';
  }

  private clear(): void {
    this.stop();
    this.hits = [];
    this.next = 0n;
    this.answered = '';
    this.state = 'idle';
  }

  private async ask(before: bigint): Promise<void> {
    const query = this.query.trim();
    if (query === '') return;
    this.asked += 1;
    const mine = this.asked;
    this.state = 'loading';
    try {
      const page = await this.rest.search(query, this.only ?? 0n, before, PAGE);
      if (mine !== this.asked) return;
      this.hits = before > 0n ? [...this.hits, ...page.hits] : page.hits;
      this.next = page.nextBeforeId;
      this.catchingUp = page.catchingUp;
      this.answered = query;
      this.state = 'done';
    } catch (error) {
      if (mine !== this.asked) return;
      this.problem = problemCode(error);
      if (before === 0n) {
        // Hits of another question under this one's field would be taken for answers.
        this.hits = [];
        this.next = 0n;
      }
      this.state = 'failed';
    }
  }
}

/** The snippet in pieces. Spans count code points, which JavaScript's strings do not. */
export function partsOf({ snippet, spans }: Pick<SearchHit, 'snippet' | 'spans'>): Part[] {
  const chars = [...snippet];
  const parts: Part[] = [];
  const put = (from: number, to: number, found: boolean) => {
    if (to > from) parts.push({ text: chars.slice(from, to).join(''), found });
  };
  let at = 0;
  for (const { start, end } of spans) {
    put(at, start, false);
    put(start, end, true);
    at = end;
  }
  put(at, chars.length, false);
  return parts;
}
