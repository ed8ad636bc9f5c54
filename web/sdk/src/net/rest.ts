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
  UploadedSchema,
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
  type Body,
  type Phase,
  type Priority,
  type Role,
} from '../gen/message.js';
import { enumName, fromJson, type Json, type MessageType } from '../proto/index.js';
import { nameOf, post, type UploadOptions } from './upload.js';

export interface SiteQuestion {
  zh: string;
  en: string;
  postback: string;
}

/** What the visitor page says before anybody has spoken. */
export interface Site {
  /** Whose pages these are. */
  tenant: string;
  name: { zh: string; en: string };
  welcome: { zh: string; en: string };
  questions: SiteQuestion[];
  languages: string[];
  /** What may be uploaded. */
  media?: { enabled: boolean; fileBytesMax: number; imageBytesMax: number; types: string[] };
  /** Agents see what is being written: a page that sends it says so. */
  typingPreview?: boolean;
}

/** What an admin may set of a user; only what is present changes. */
export interface UserFields {
  login?: string;
  name?: string;
  password?: string;
  role?: Role;
  capacity?: number;
  disabled?: boolean;
  manualAccept?: boolean;
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

  /** As whom the business names, by a token that its server has signed. */
  visitorIdentity(language: string, token: string) {
    return this.read(SessionCreatedSchema, 'POST', '/visitor/identity', { language, token });
  }

  /** The visitor's session of this token is over. */
  async endVisitor(token: string): Promise<void> {
    await new Rest(() => token, this.server).call('DELETE', '/visitor/session');
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

  /**
   * Uploads a file: one try. The answer is to be sent as a message. The same client id with the same
   * file again gives the same answer.
   */
  async upload(
    conversationId: bigint,
    clientId: string,
    file: Blob,
    options: UploadOptions = {},
  ): Promise<Body> {
    const query = new URLSearchParams({ client_id: clientId, name: nameOf(file, options) });
    const url = `${this.server}/api/v1/conversations/${conversationId}/media?${query}`;
    const target = { url, token: this.token(), timeoutMs: DEFAULT_LIMITS.uploadMs };
    const response = await post(target, file, options);
    if (!response.ok) throw await problemOf(response);
    const { body } = fromJson(UploadedSchema, await response.json());
    if (!body) throw new ProblemError('bad_frame', 'unreadable answer to an upload');
    return body;
  }

  /** The bytes of an image or a file; those of an image's thumbnail under the name "thumbnail". */
  async media(mediaId: bigint, name: string, signal?: AbortSignal): Promise<Blob> {
    const path = `/media/${mediaId}/${encodeURIComponent(name)}`;
    const response = await this.fetch(path, { signal });
    if (!response.ok) throw await problemOf(response);
    return response.blob().catch(() => {
      throw new ProblemError('offline', `GET ${path} was cut off`);
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
    const response = await this.fetch(`/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw await problemOf(response);
    return response.status === 204 ? undefined : response.json();
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const token = this.token();
    const { method = 'GET', headers } = init;
    try {
      return await fetch(this.server + path, {
        ...init,
        headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
        // Nothing but the session that is meant: a visitor's page must not act as the agent who
        // is logged in in the same browser.
        credentials: token ? 'omit' : 'same-origin',
        cache: 'no-store',
      });
    } catch {
      throw new ProblemError('offline', `${method} ${path} did not reach the server`);
    }
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
