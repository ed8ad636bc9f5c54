import { ProblemError, type Site } from '@kefu/sdk';
import type { Catalogue } from '../i18n/zh';
import { sizeText } from '../size';
import type { Room } from './room.svelte';

/** A file on its way to the server; once it is there, it is a message. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly sent: number;
  readonly state: 'waiting' | 'uploading' | 'failed';
  /** Why it failed. */
  readonly problem?: ProblemError;
}

/** Whether this page can send files at all: the widget cannot. */
export const TAKES_FILES = true;

interface Job {
  readonly file: File;
  readonly abort: AbortController;
}

/** What is being uploaded to one conversation: one after the other, in the order of choosing. */
export class Uploads {
  items = $state.raw<readonly Upload[]>([]);
  private readonly jobs = new Map<number, Job>();
  private busy = false;
  private made = 0;

  constructor(private readonly room: Room) {}

  add(files: Iterable<File>): void {
    for (const file of files) {
      this.made += 1;
      const { name, size } = file;
      this.jobs.set(this.made, { file, abort: new AbortController() });
      const item: Upload = { id: this.made, name, bytes: size, sent: 0, state: 'waiting' };
      this.items = [...this.items, item];
    }
    void this.work();
  }

  /** Gives it up, or lets go of one that failed. */
  remove(id: number): void {
    this.jobs.get(id)?.abort.abort();
    this.drop(id);
  }

  retry(id: number): void {
    this.change(id, { state: 'waiting', sent: 0, problem: undefined });
    void this.work();
  }

  close(): void {
    for (const { abort } of this.jobs.values()) abort.abort();
    this.jobs.clear();
    this.items = [];
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (;;) {
      const next = this.items.find(({ state }) => state === 'waiting');
      if (!next) break;
      await this.send(next.id);
    }
    this.busy = false;
  }

  private async send(id: number): Promise<void> {
    const job = this.jobs.get(id);
    if (!job) return this.drop(id);
    this.change(id, { state: 'uploading' });
    const onProgress = (sent: number) => this.change(id, { sent });
    try {
      await this.room.sendFile(job.file, { onProgress, signal: job.abort.signal });
      this.drop(id);
    } catch (error) {
      const problem = error instanceof ProblemError ? error : new ProblemError('unknown', '');
      if (problem.code === 'aborted') this.drop(id);
      else this.change(id, { state: 'failed', problem });
    }
  }

  private change(id: number, fields: Partial<Upload>): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...fields } : item));
  }

  private drop(id: number): void {
    this.jobs.delete(id);
    this.items = this.items.filter((item) => item.id !== id);
  }
}

/** Why an upload failed, for people. */
export function uploadProblem(
  upload: Upload,
  m: Catalogue,
  limits: Site['media'] | undefined,
): string {
  const { problem, bytes } = upload;
  switch (problem?.status) {
    case 413:
      return limits && bytes > limits.imageBytesMax
        ? m.media.tooLargeFor(sizeText(limits.fileBytesMax))
        : m.media.tooLarge;
    case 415:
      return m.media.type;
    case 422:
      return m.media.damaged;
    case 403:
      return m.media.off;
    default:
      return m.problems[problem?.code ?? 'unknown'] ?? m.problems.unknown ?? '';
  }
}

/** Files that were pasted or dropped. */
export function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}
