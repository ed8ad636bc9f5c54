import type { Rest } from '@kefu/sdk';
import { MentionsSchema, NotePageSchema, NoteSchema, type Note } from '@kefu/sdk/proto/note';

/** Characters of one note; a server may be set to take fewer, and says so. */
export const NOTE_CHARS_MAX = 2_000;
/** Notes of one page. */
export const PAGE = 100;

/** What the server offers about notes, to users of the workspace only. Rejects with a `ProblemError`. */
export class NotesApi {
  constructor(private readonly rest: Rest) {}

  /** Those after that number, ascending. */
  async after(conversationId: bigint, number: bigint): Promise<Note[]> {
    const path = `/conversations/${conversationId}/notes?after=${number}&limit=${PAGE}`;
    return (await this.rest.read(NotePageSchema, 'GET', path)).notes;
  }

  /** The same client id with the same words again does no harm. */
  write(conversationId: bigint, clientId: string, text: string, whisper: boolean): Promise<Note> {
    const path = `/conversations/${conversationId}/notes`;
    return this.rest.read(NoteSchema, 'POST', path, { clientId, text, whisper });
  }

  /** Unread mentions of the caller, newest first. */
  async mentions(): Promise<Note[]> {
    return (await this.rest.read(MentionsSchema, 'GET', '/mentions')).notes;
  }

  async seen(conversationId: bigint, number: bigint): Promise<void> {
    const path = `/conversations/${conversationId}/mentions`;
    await this.rest.call('PUT', path, { number: String(number) });
  }
}
