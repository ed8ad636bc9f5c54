import { SvelteMap } from 'svelte/reactivity';
import type { CatalogueVersion, CheckReply, PublishReply } from '../../gen/kefu/v1/catalogue_pb';
import { problemCode } from '../../lib/client';
import { local } from '../../lib/storage';
import type { FileEdit, IntentsApi } from './api';

/** A pause in typing after which the files are checked, and kept, milliseconds. */
const PAUSE_MS = 600;

export type FileStatus = 'same' | 'added' | 'changed' | 'removed';

/**
 * Files as they shall be, against the version that the editing began with. Lives in this browser
 * only, so that a reload or a closed tab loses nothing, until it is published or discarded.
 */
export class Draft {
  /** The version that is edited; its `number` is what a publication expects to find. */
  base = $state.raw<CatalogueVersion | undefined>();
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

  /** Begins with that version, unless something is being edited already. */
  async begin(number: bigint): Promise<void> {
    if (number === 0n || this.base?.number === number) return;
    if (this.edits.size > 0 && this.kept > 0n) {
      if (!this.base) await this.rebase(this.kept);
      return;
    }
    await this.rebase(number);
  }

  /** Goes on with the same edits on another version. */
  async rebase(number: bigint): Promise<void> {
    const base = await this.api.version(number);
    this.texts.clear();
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
    const base = this.base.number;
    const text = await this.api.file(base, path);
    if (this.base.number === base) this.texts.set(path, text);
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

  /**
   * Takes the base's own text, or its absence, as an edit: the directory holds something else
   * under that name, which the server refuses.
   */
  async overwrite(path: string): Promise<void> {
    await this.load(path);
    this.edits.set(path, this.isOld(path) ? this.texts.get(path) : undefined);
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
      if (number > 0n) await this.rebase(number);
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
