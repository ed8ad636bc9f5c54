import { ProblemError, type Rest } from '../lib/client';
import { local } from '../lib/storage';

const KEY = 'kefu.visitor';

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

  /** The visitor's conversation, once `ensure` is done. */
  get conversationId(): bigint {
    return BigInt(this.saved?.conversationId ?? '0');
  }

  /** Makes sure that there is a session the server knows. Rejects with a `ProblemError`. */
  async ensure(rest: Rest, language: string): Promise<void> {
    if (this.saved) {
      try {
        await rest.me();
        return;
      } catch (error) {
        if (!(error instanceof ProblemError) || error.code !== 'unauthenticated') throw error;
        this.forget();
      }
    }
    const made = await rest.visitorSession(language);
    this.saved = {
      token: made.token,
      conversationId: String(made.principal?.conversationId ?? 0n),
    };
    local.set(KEY, JSON.stringify(this.saved));
  }

  forget(): void {
    this.saved = undefined;
    local.remove(KEY);
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
