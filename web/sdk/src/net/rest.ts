import { DEFAULT_LIMITS } from '../base/limits.js';
import { ProblemError } from '../base/problem.js';
import {
  ActRequest_Action,
  ActRequest_ActionSchema,
  ConversationsSchema,
  MessagePageSchema,
  PrincipalSchema,
  SearchPageSchema,
  SessionCreatedSchema,
  UsersSchema,
} from '../gen/chat.js';
import {
  AgentSchema,
  AgentStatusSchema,
  ConversationSchema,
  PhaseSchema,
  PrioritySchema,
  RoleSchema,
  type AgentStatus,
  type Phase,
  type Priority,
  type Role,
} from '../gen/message.js';
import { enumName, fromJson, type Json, type MessageType } from '../proto/index.js';

export interface SiteQuestion {
  zh: string;
  en: string;
  postback: string;
}

/** What the visitor page says before anybody has spoken. */
export interface Site {
  name: { zh: string; en: string };
  welcome: { zh: string; en: string };
  questions: SiteQuestion[];
  languages: string[];
}

/** What an admin may set of a user; only what is present changes. */
export interface UserFields {
  login?: string;
  name?: string;
  password?: string;
  role?: Role;
  capacity?: number;
  disabled?: boolean;
}

/** "serving", "wrap_up", …: a phase as query strings name it. */
function phaseWord(phase: Phase): string {
  return enumName(PhaseSchema, phase)
    .replace(/^PHASE_/, '')
    .toLowerCase();
}

/** The server's REST half. Every method rejects with a `ProblemError`. */
export class Rest {
  constructor(
    /** Session token; empty when the workspace's cookie carries the session. */
    private readonly token: () => string = () => '',
    /** "https://help.example.com"; where the page came from when empty. */
    private readonly server = '',
  ) {}

  site(): Promise<Site> {
    return this.call('GET', '/site') as Promise<Site>;
  }

  visitorSession(language: string) {
    return this.read(SessionCreatedSchema, 'POST', '/visitor/session', { language });
  }

  login(login: string, password: string) {
    return this.read(SessionCreatedSchema, 'POST', '/login', { login, password });
  }

  async logout(everywhere: boolean): Promise<void> {
    await this.call('POST', '/logout', { everywhere });
  }

  me() {
    return this.read(PrincipalSchema, 'GET', '/me');
  }

  setStatus(status: AgentStatus) {
    return this.read(AgentSchema, 'PUT', '/me/status', {
      status: enumName(AgentStatusSchema, status),
    });
  }

  async checkSetup(token: string): Promise<void> {
    await this.call('GET', `/setup?token=${encodeURIComponent(token)}`);
  }

  completeSetup(fields: { token: string; login: string; name: string; password: string }) {
    return this.read(SessionCreatedSchema, 'POST', '/setup', fields);
  }

  users() {
    return this.read(UsersSchema, 'GET', '/users');
  }

  createUser(fields: UserFields) {
    return this.read(AgentSchema, 'POST', '/users', userJson(fields));
  }

  updateUser(id: bigint, fields: UserFields) {
    return this.read(AgentSchema, 'PATCH', `/users/${id}`, userJson(fields));
  }

  conversations(phases: Phase[], beforeId: bigint, limit: number) {
    const query = new URLSearchParams(phases.map((phase) => ['phase', phaseWord(phase)]));
    if (beforeId > 0n) query.set('before', String(beforeId));
    query.set('limit', String(limit));
    return this.read(ConversationsSchema, 'GET', `/conversations?${query}`);
  }

  conversation(id: bigint) {
    return this.read(ConversationSchema, 'GET', `/conversations/${id}`);
  }

  /** The page of history that ends just below `beforeSeq`, ascending. */
  messagesBefore(id: bigint, beforeSeq: number, limit: number) {
    const path = `/conversations/${id}/messages?before_seq=${beforeSeq}&limit=${limit}`;
    return this.read(MessagePageSchema, 'GET', path);
  }

  /** One message, if the conversation has it. */
  async messageAt(id: bigint, seq: number) {
    const path = `/conversations/${id}/messages?after_seq=${seq - 1}&limit=1`;
    const page = await this.read(MessagePageSchema, 'GET', path);
    return page.messages.find((message) => Number(message.seq) === seq);
  }

  /** What was said, newest first, in messages older than `beforeId`; in one conversation, or all. */
  search(query: string, conversationId: bigint, beforeId: bigint, limit: number) {
    const asked = new URLSearchParams({ q: query, limit: String(limit) });
    if (conversationId > 0n) asked.set('conversation_id', String(conversationId));
    if (beforeId > 0n) asked.set('before', String(beforeId));
    return this.read(SearchPageSchema, 'GET', `/search?${asked}`);
  }

  act(id: bigint, action: ActRequest_Action, agentId = 0n) {
    return this.read(ConversationSchema, 'POST', `/conversations/${id}/actions`, {
      action: enumName(ActRequest_ActionSchema, action),
      ...(agentId > 0n ? { agentId: String(agentId) } : {}),
    });
  }

  prioritize(id: bigint, priority: Priority) {
    return this.read(ConversationSchema, 'POST', `/conversations/${id}/actions`, {
      action: enumName(ActRequest_ActionSchema, ActRequest_Action.PRIORITIZE),
      priority: enumName(PrioritySchema, priority),
    });
  }

  /** Asks, and reads the answer as that message. */
  async read<T extends object>(
    schema: MessageType<T>,
    method: string,
    path: string,
    body?: Json,
    timeoutMs?: number,
  ): Promise<T> {
    const json = await this.call(method, path, body, timeoutMs);
    try {
      return fromJson(schema, json);
    } catch {
      throw new ProblemError('bad_frame', `unreadable answer to ${method} ${path}`);
    }
  }

  /** Asks; the answer is whatever JSON the server sends, `undefined` when it sends none. */
  async call(
    method: string,
    path: string,
    body?: Json,
    timeoutMs = DEFAULT_LIMITS.restMs,
  ): Promise<unknown> {
    const token = this.token();
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    try {
      response = await fetch(`${this.server}/api/v1${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        // Nothing but the session that is meant: a visitor's page must not act as the agent who
        // is logged in in the same browser.
        credentials: token ? 'omit' : 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      throw new ProblemError('offline', `${method} ${path} did not reach the server`);
    }
    if (!response.ok) throw await problemOf(response);
    return response.status === 204 ? undefined : response.json();
  }
}

function userJson(fields: UserFields): Json {
  const { role, ...rest } = fields;
  return { ...rest, ...(role === undefined ? {} : { role: enumName(RoleSchema, role) }) };
}

async function problemOf(response: Response): Promise<ProblemError> {
  const fallback = { 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found', 409: 'conflict' };
  const byStatus = fallback[response.status as keyof typeof fallback] ?? 'unavailable';
  try {
    const { code, detail, title, retryAfterMs, ...more } = await response.json();
    const words = String(detail ?? title ?? response.statusText);
    const wait = Number(retryAfterMs ?? 0);
    return new ProblemError(code ?? byStatus, words, wait, response.status, more);
  } catch {
    return new ProblemError(byStatus, response.statusText, 0, response.status);
  }
}
