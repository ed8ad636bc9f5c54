import { ProblemError, problemCode } from '../base/problem.js';
import type { Conversation } from '../gen/message.js';
import type { Rest } from '../net/rest.js';
import type { Tabs } from '../tabs/tabs.js';
import { subjectOf, type Identity } from './identity.js';

const KEY = 'kefu.visitor';
/** Of whom the business names: beside the anonymous session, which is there again afterwards. */
const KEY_NAMED = 'kefu.named';

/** What the server says of a session, or of its conversation, that is no more. */
const LOST = new Set(['unauthenticated', 'forbidden', 'not_found']);

interface Saved {
  /** Empty for one that is over: it says only whose conversation this browser may hold something of. */
  token: string;
  conversationId: string;
  /** Whom the business calls them; absent for anonymous ones. */
  subject?: string;
}

/**
 * The visitor's session: kept in this browser, the same for all its tabs, made anew when the server
 * forgot it. Anonymous, unless the application says who it is.
 */
export class VisitorSession {
  private saved: Saved | undefined;
  /** Whose session it is; empty: anonymous. */
  private subject: string | undefined;
  /** Who asked last is who decides whose session it is. */
  private asked = 0;

  constructor(
    private readonly tabs: Tabs,
    private readonly identity: Identity = () => '',
    /** This conversation belongs to somebody who has left. */
    private readonly left: (conversationId: bigint) => void = () => undefined,
    /** From now on somebody sits here, named so by the business, or not at all: the empty text. */
    private readonly sits: (subject: string) => void = () => undefined,
  ) {}

  /** Whom the business names, by its own id; empty: nobody. */
  get named(): string {
    return this.subject ?? '';
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
   * or else a new one. Rejects with a `ProblemError`, or as the application's `identity` does.
   */
  async enter(rest: Rest, language: string): Promise<Conversation> {
    const asked = (this.asked += 1);
    const token = (await this.identity()).trim();
    this.mustBeLast(asked);
    const subject = subjectOf(token);
    if (subject !== this.subject) {
      const before = this.saved;
      this.subject = subject;
      this.saved = undefined;
      this.leave(rest, before);
      this.sits(subject);
    }
    // What another tab has made meanwhile is ours too.
    this.saved = this.read() ?? this.saved;
    if (this.saved) {
      try {
        return await rest.conversation(this.conversationId);
      } catch (error) {
        this.mustBeLast(asked);
        if (!LOST.has(problemCode(error))) throw error;
        this.forget();
      }
    }
    const create = () => this.create(rest, language, subject, token);
    await this.tabs.exclusive(keyOf(subject), create, true);
    this.mustBeLast(asked);
    return rest.conversation(this.conversationId);
  }

  /** Of no use any more; one that another tab has made meanwhile stays. */
  forget(): void {
    const { saved } = this;
    this.saved = undefined;
    if (!saved || this.read()?.token !== saved.token) return;
    // When they leave, it must be known what to remove.
    if (saved.subject) this.keep({ ...saved, token: '' });
    else this.tabs.store.remove(KEY);
  }

  private mustBeLast(asked: number): void {
    if (asked !== this.asked) throw new ProblemError('aborted', 'somebody else may sit here');
  }

  /**
   * Somebody else sits here, or nobody that the business knows: nothing is kept of who did. Another tab
   * may have been first, and what this one wrote after it is removed all the same.
   */
  private leave(rest: Rest, before: Saved | undefined): void {
    const kept = this.kept(KEY_NAMED);
    const gone = before?.subject ? before : kept;
    if (!gone || gone.subject === this.subject) return;
    if (kept?.subject !== this.subject) this.tabs.store.remove(KEY_NAMED);
    this.left(BigInt(gone.conversationId));
    // Where that does not arrive, the session ends by its time.
    if (gone.token) void rest.endVisitor(gone.token).catch(() => undefined);
  }

  private async create(
    rest: Rest,
    language: string,
    subject: string,
    token: string,
  ): Promise<void> {
    if (subject !== this.subject) return;
    this.saved = this.read();
    if (this.saved) return;
    const made = subject
      ? await rest.visitorIdentity(language, token)
      : await rest.visitorSession(language);
    const saved: Saved = {
      token: made.token,
      conversationId: String(made.principal?.conversationId ?? 0n),
      ...(subject ? { subject } : {}),
    };
    if (subject !== this.subject) {
      // They have left meanwhile.
      void rest.endVisitor(saved.token).catch(() => undefined);
      return;
    }
    this.saved = saved;
    this.keep(saved);
  }

  private keep(saved: Saved): void {
    this.tabs.store.set(keyOf(saved.subject ?? ''), JSON.stringify(saved));
  }

  private read(): Saved | undefined {
    const kept = this.kept(keyOf(this.named));
    return kept?.token && (kept.subject ?? '') === this.named ? kept : undefined;
  }

  private kept(key: string): Saved | undefined {
    try {
      const saved = JSON.parse(this.tabs.store.get(key) ?? 'null') as Saved | null;
      return saved && /^\d+$/.test(saved.conversationId) ? saved : undefined;
    } catch {
      return undefined;
    }
  }
}

function keyOf(subject: string): string {
  return subject ? KEY_NAMED : KEY;
}
