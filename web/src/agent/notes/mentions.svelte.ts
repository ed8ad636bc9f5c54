import { SvelteMap } from 'svelte/reactivity';
import type { ChatClient } from '@kefu/sdk';
import type { Note } from '@kefu/sdk/proto/note';
import { NotesApi } from './api';

/**
 * Notes that mention this agent and that they have not opened, on any device. The server keeps them;
 * a snapshot of the workspace says when to ask again.
 */
export class Mentions {
  /** Unread ones, newest first. */
  readonly all = $derived.by(() =>
    [...this.unread.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
  );
  private readonly unread = new SvelteMap<bigint, Note>();
  private readonly api: NotesApi;

  constructor(
    client: ChatClient,
    private readonly me: bigint,
    private readonly onmention: (note: Note) => void,
  ) {
    this.api = new NotesApi(client.rest);
    client.on('workspace', () => void this.ask());
    client.connection.on('frame', (body) => {
      if (body.case === 'note') this.heard(body.value);
      else if (body.case === 'mentionsRead' && body.value.agentId === me) {
        this.forget(body.value.conversationId, body.value.number);
      }
    });
  }

  /** How many of a conversation. */
  of(conversationId: bigint): number {
    return this.all.filter((note) => note.conversationId === conversationId).length;
  }

  /** The agent has a conversation's notes before their eyes, up to this one. */
  async seen(conversationId: bigint, number: bigint): Promise<void> {
    const is = (note: Note) => note.conversationId === conversationId && note.number <= number;
    if (!this.all.some(is)) return;
    this.forget(conversationId, number);
    try {
      await this.api.seen(conversationId, number);
    } catch {
      // Not said: the next snapshot shows them again.
    }
  }

  private heard(note: Note): void {
    if (!note.body?.mentionedIds.includes(this.me) || this.unread.has(note.id)) return;
    this.unread.set(note.id, note);
    this.onmention(note);
  }

  private forget(conversationId: bigint, number: bigint): void {
    for (const [id, note] of this.unread) {
      if (note.conversationId === conversationId && note.number <= number) this.unread.delete(id);
    }
  }

  private async ask(): Promise<void> {
    try {
      const notes = await this.api.mentions();
      const listed = new Set(notes.map(({ id }) => id));
      for (const id of this.unread.keys()) if (!listed.has(id)) this.unread.delete(id);
      for (const note of notes) this.unread.set(note.id, note);
    } catch {
      // Cut or overloaded: the next snapshot asks again.
    }
  }
}
