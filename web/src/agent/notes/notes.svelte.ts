import { problemCode, systemRuntime, type ChatClient } from '@kefu/sdk';
import type { Note, Viewer } from '@kefu/sdk/proto/note';
import type { PendingNote } from '../../lib/chat/timeline';
import { NotesApi, PAGE } from './api';
import { lastOf, take } from './log';

/** Reading again after a failure waits this long, milliseconds. */
const AGAIN_MS = 2_000;

/** What agents share around one open conversation: its notes, and who looks at it now. */
export class Notes {
  all = $state.raw<readonly Note[]>([]);
  pending = $state.raw<readonly PendingNote[]>([]);
  /** Everybody of the workspace who has it open, this agent included. */
  viewers = $state.raw<readonly Viewer[]>([]);
  private readonly api: NotesApi;
  private readonly unsubscribe: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading = false;
  private again = false;
  private closed = false;

  constructor(
    client: ChatClient,
    readonly conversationId: bigint,
  ) {
    this.api = new NotesApi(client.rest);
    this.unsubscribe = [
      client.connection.on('frame', (body) => {
        if (body.case === 'note' && body.value.conversationId === conversationId) {
          this.learn([body.value]);
        } else if (body.case === 'viewers' && body.value.conversationId === conversationId) {
          this.viewers = body.value.viewers;
        } else if (body.case === 'opened' && body.value.conversation?.id === conversationId) {
          // From now on nothing is missed; what was written before is read.
          void this.read();
        }
      }),
      // A new snapshot may follow events that were lost.
      client.on('workspace', () => void this.read()),
    ];
    void this.read();
  }

  /** Puts a note on its way. */
  write(text: string, whisper: boolean): void {
    const [clientId, atMs] = [systemRuntime.id(), systemRuntime.now()];
    void this.push({ clientId, text, whisper, atMs });
  }

  retry(clientId: string): void {
    const kept = this.pending.find((each) => each.clientId === clientId);
    if (kept?.problem) void this.push({ ...kept, problem: undefined });
  }

  discard(clientId: string): void {
    this.pending = this.pending.filter((each) => each.clientId !== clientId);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const off of this.unsubscribe) off();
  }

  private async push(note: PendingNote): Promise<void> {
    const { clientId, text, whisper } = note;
    this.pending = [...this.pending.filter((each) => each.clientId !== clientId), note];
    try {
      this.learn([await this.api.write(this.conversationId, clientId, text, whisper)]);
      this.discard(clientId);
    } catch (error) {
      const problem = problemCode(error);
      this.pending = this.pending.map((each) =>
        each.clientId === clientId ? { ...each, problem } : each,
      );
    }
  }

  private learn(fresh: readonly Note[]): void {
    const { notes, gap } = take(this.all, fresh);
    this.all = notes;
    // Client ids are drawn at random: one among those that are stored is this one.
    const stored = new Set(notes.map(({ clientId }) => clientId));
    this.pending = this.pending.filter(({ clientId }) => !stored.has(clientId));
    if (gap) void this.read();
  }

  private async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    try {
      do {
        this.again = false;
        const page = await this.api.after(this.conversationId, lastOf(this.all));
        if (this.closed) return;
        this.learn(page);
        this.again ||= page.length === PAGE;
      } while (this.again);
    } catch {
      clearTimeout(this.timer);
      if (!this.closed) this.timer = setTimeout(() => void this.read(), AGAIN_MS);
    } finally {
      this.reading = false;
    }
  }
}
