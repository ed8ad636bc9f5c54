import type { Conversation } from '../gen/kefu/v1/message_pb';
import { problemCode, type Rest } from '../lib/client';
import { local } from '../lib/storage';

const KEY = 'kefu.visitor';

/** What the server says of a session, or of its conversation, that is no more. */
const LOST = new Set(['unauthenticated', 'forbidden', 'not_found']);

interface Saved {
  token: string;
  conversationId: string;
}

/** The visitor's anonymous session: kept in this browser, made anew when the server forgot it. */
export class VisitorSession {
  private saved: Saved | undefined = read();

  get token(): string {
    return this.saved?.token ?? '';
  }

  /** The visitor's conversation, once `enter` is done. */
  get conversationId(): bigint {
    return BigInt(this.saved?.conversationId ?? '0');
  }

  /**
   * The head of the visitor's conversation, under a session that the server knows: the saved one,
   * or else a new one. Rejects with a `ProblemError`.
   */
  async enter(rest: Rest, language: string): Promise<Conversation> {
    if (this.saved) {
      try {
        return await rest.conversation(this.conversationId);
      } catch (error) {
        if (!LOST.has(problemCode(error))) throw error;
        this.forget();
      }
    }
    await this.create(rest, language);
    return rest.conversation(this.conversationId);
  }

  forget(): void {
    this.saved = undefined;
    local.remove(KEY);
  }

  private async create(rest: Rest, language: string): Promise<void> {
    const made = await rest.visitorSession(language);
    this.saved = {
      token: made.token,
      conversationId: String(made.principal?.conversationId ?? 0n),
    };
    local.set(KEY, JSON.stringify(this.saved));
  }
}

function read(): Saved | undefined {
  try {
    const saved = JSON.parse(local.get(KEY) ?? 'null') as Saved | null;
    return saved && saved.token && /^\d+$/.test(saved.conversationId) ? saved : undefined;
  } catch {
    return undefined;
  }
}
