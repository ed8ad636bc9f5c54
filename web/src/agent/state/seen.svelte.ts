import { SvelteMap } from 'svelte/reactivity';
import { local } from '../../lib/storage';

const KEY = 'kefu.seen';
const MOST = 500;

/** Up to which message each conversation was looked at, in this browser. */
export class Seen {
  private readonly seqs = new SvelteMap<bigint, number>(read());

  get(id: bigint): number | undefined {
    return this.seqs.get(id);
  }

  mark(id: bigint, seq: number): void {
    if ((this.seqs.get(id) ?? -1) >= seq) return;
    this.seqs.delete(id);
    this.seqs.set(id, seq);
    // The newest ids are the ones that still matter.
    const kept = [...this.seqs].slice(-MOST).map(([each, value]) => [String(each), value]);
    local.set(KEY, JSON.stringify(kept));
  }
}

function read(): [bigint, number][] {
  try {
    const saved = JSON.parse(local.get(KEY) ?? '[]') as [string, number][];
    return saved.map(([id, seq]) => [BigInt(id), seq]);
  } catch {
    return [];
  }
}
