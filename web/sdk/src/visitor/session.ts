import { problemCode } from '../base/problem.js';
import type { Conversation } from '../gen/message.js';
import type { Rest } from '../net/rest.js';
import type { Tabs } from '../tabs/tabs.js';

const KEY = 'kefu.visitor';

/** What the server says of a session, or of its conversation, that is no more. */
const LOST = new Set(['unauthenticated', 'forbidden', 'not_found']);

interface Saved {
  token: string;
  conversationId: string;
}

/**
 * The visitor's anonymous session: kept in this browser, the same for all its tabs, made anew when
 * the server forgot it.
 */
export class VisitorSession {
  private saved: Saved | undefined;

  constructor(private readonly tabs: Tabs) {
    this.saved = this.read();
  }

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
    // What another tab has made meanwhile is ours too.
    this.saved = this.read() ?? this.saved;
    if (this.saved) {
      try {
        return await rest.conversation(this.conversationId);
      } catch (error) {
        if (!LOST.has(problemCode(error))) throw error;
        this.forget();
      }
    }
    await this.tabs.exclusive(KEY, () => this.create(rest, language), true);
    return rest.conversation(this.conversationId);
  }

  /** Of no use any more; one that another tab has made meanwhile stays. */
  forget(): void {
    if (this.read()?.token === this.token) this.tabs.store.remove(KEY);
    this.saved = undefined;
  }

  private async create(rest: Rest, language: string): Promise<void> {
    this.saved = this.read();
    if (this.saved) return;
    const made = await rest.visitorSession(language);
    this.saved = {
      token: made.token,
      conversationId: String(made.principal?.conversationId ?? 0n),
    };
    this.tabs.store.set(KEY, JSON.stringify(this.saved));
  }

  private read(): Saved | undefined {
    try {
      const saved = JSON.parse(this.tabs.store.get(KEY) ?? 'null') as Saved | null;
      return saved && saved.token && /^\d+$/.test(saved.conversationId) ? saved : undefined;
    } catch {
      return undefined;
    }
  }
}
