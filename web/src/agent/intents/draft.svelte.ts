import { SvelteMap } from 'svelte/reactivity';
import type { CatalogueVersion, CheckReply, PublishReply } from '@kefu/sdk/proto/catalogue';
import { problemCode, ProblemError } from '@kefu/sdk';
import { local } from '../../lib/storage';
import type { FileEdit, IntentsApi } from './api';

/** A pause in typing after which the files are checked, and kept, milliseconds. */
const PAUSE_MS = 600;

export type FileStatus = 'same' | 'added' | 'changed' | 'removed';

/**
 * Files as they shall be, against those that the editing began with: of the version that serves, or
 * those in the directory while they are too broken to serve. Lives in this browser only, so that a
 * reload or a closed tab loses nothing, until it is published or discarded.
 */
export class Draft {
  /** The files that are edited; its `number` is the version that a publication expects to find. */
  base = $state.raw<CatalogueVersion | undefined>();
  /** When the directory's files were refused, if they are what is edited; else 0. */
  refusedAt = $state(0n);
  /** New texts by path; `undefined` removes the file. */
  readonly edits = new SvelteMap<string, string | undefined>();
  /** What the last check said of these edits; absent while it is unknown. */
  check = $state.raw<CheckReply | undefined>();
  checking = $state(false);
  checkProblem = $state('');
  publishing = $state(false);
  readonly paths = $derived.by(() => {
    const all = new Set([
      ...(this.base?.files.map(({ path }) => path) ?? []),
      ...this.edits.keys(),
    ]);
    return [...all].sort();
  });
  private readonly texts = new SvelteMap<string, string>();
  private readonly key: string;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private round = 0;

  constructor(
    private readonly api: IntentsApi,
    userId: bigint,
  ) {
    this.key = `kefu.intents.draft.${userId}`;
    this.recall();
  }

  /**
   * Begins with that version, unless something is being edited already; with the directory's files
   * when they were refused, which is then said by the time.
   */
  async begin(number: bigint, refusedAt = 0n): Promise<void> {
    if (number === 0n) return;
    const wanted = this.edits.size > 0 && this.kept > 0n ? this.kept : number;
    if (this.base?.number === wanted && this.refusedAt === refusedAt) return;
    await this.rebase(wanted, refusedAt);
  }

  /** Goes on with the same edits on another version, or on what was broken or mended meanwhile. */
  async rebase(number: bigint, refusedAt = this.refusedAt): Promise<void> {
    const base = await this.api.version(number);
    if (refusedAt > 0n) base.files = await this.api.files();
    this.texts.clear();
    this.refusedAt = refusedAt;
    for (const { path, text } of base.files) {
      // The largest ones are read when somebody opens them.
      if (text !== undefined) this.texts.set(path, text);
    }
    this.base = base;
    this.kept = number;
    this.changed();
  }

  status(path: string): FileStatus {
    if (!this.edits.has(path)) return 'same';
    if (this.edits.get(path) === undefined) return 'removed';
    return this.isOld(path) ? 'changed' : 'added';
  }

  /** The text as it would be published; `undefined` until it is loaded or when it is removed. */
  text(path: string): string | undefined {
    return this.edits.has(path) ? this.edits.get(path) : this.texts.get(path);
  }

  async load(path: string): Promise<void> {
    if (this.texts.has(path) || !this.base || !this.isOld(path)) return;
    const { base } = this;
    const text =
      this.refusedAt > 0n
        ? (await this.api.files(path)).at(0)?.text
        : await this.api.file(base.number, path);
    if (text === undefined) throw new ProblemError('not_text', path);
    if (this.base === base) this.texts.set(path, text);
  }

  set(path: string, text: string): void {
    if (this.texts.get(path) === text && this.isOld(path)) this.edits.delete(path);
    else this.edits.set(path, text);
    this.changed();
  }

  remove(path: string): void {
    if (this.isOld(path)) this.edits.set(path, undefined);
    else this.edits.delete(path);
    this.changed();
  }

  /** Takes the text of the version that serves, or its absence, as an edit. */
  async bringBack(path: string): Promise<void> {
    const number = this.base?.number ?? 0n;
    try {
      this.edits.set(path, await this.api.file(number, path));
    } catch (error) {
      if (problemCode(error) !== 'not_found') throw error;
      this.remove(path);
    }
    this.changed();
  }

  restore(path: string): void {
    this.edits.delete(path);
    this.changed();
  }

  discard(): void {
    this.edits.clear();
    this.changed();
  }

  /** Everything there is to publish. */
  get files(): FileEdit[] {
    return [...this.edits].map(([path, text]) => ({ path, text }));
  }

  async publish(note: string): Promise<PublishReply> {
    this.publishing = true;
    try {
      const reply = await this.api.publish(this.files, note, this.base?.number ?? 0n);
      this.edits.clear();
      // Without a number yet it is begun with when the status names it.
      const number = reply.version?.number ?? 0n;
      if (number > 0n) await this.rebase(number, 0n);
      else this.changed();
      return reply;
    } finally {
      this.publishing = false;
    }
  }

  private isOld(path: string): boolean {
    return this.base?.files.some((file) => file.path === path) ?? false;
  }

  private changed(): void {
    clearTimeout(this.timer);
    const round = ++this.round;
    this.check = undefined;
    this.checkProblem = '';
    this.checking = this.edits.size > 0;
    this.timer = setTimeout(() => {
      this.keep();
      if (this.edits.size > 0) void this.examine(round);
    }, PAUSE_MS);
  }

  private async examine(round: number): Promise<void> {
    try {
      const reply = await this.api.check(this.files);
      if (round === this.round) this.check = reply;
    } catch (error) {
      if (round === this.round) this.checkProblem = problemCode(error);
    } finally {
      if (round === this.round) this.checking = false;
    }
  }

  /** The version that the kept edits belong to. */
  private kept = 0n;

  private keep(): void {
    if (this.edits.size === 0) return local.remove(this.key);
    const base = String(this.base?.number ?? this.kept);
    local.set(this.key, JSON.stringify({ base, edits: this.files }));
  }

  private recall(): void {
    try {
      const { base, edits } = JSON.parse(local.get(this.key) ?? 'null') ?? { base: 0, edits: [] };
      this.kept = BigInt(base);
      for (const { path, text } of edits as FileEdit[]) this.edits.set(path, text);
    } catch {
      local.remove(this.key);
    }
  }
}
