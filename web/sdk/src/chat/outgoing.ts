import type { Runtime } from '../base/runtime.js';
import { BodySchema, type Body } from '../gen/message.js';
import type { AssistTaken } from '../gen/proposal.js';
import { fromJson, toJson } from '../proto/index.js';
import type { Tabs } from '../tabs/tabs.js';

/** `sending` until the server has it durably (`sent`), or until a person must decide (`failed`). */
export interface Outgoing {
  /** The same over all tries and reloads: the server stores it once. */
  readonly clientId: string;
  readonly body: Body;
  /** Milliseconds since 1970, by this device's clock. */
  readonly queuedAtMs: number;
  /** Who goes first; larger is later. */
  readonly order: number;
  /** Of the moment in which it was written: "tomorrow" in it is counted by that clock. */
  readonly utcOffsetMinutes: number;
  /** The message that this one answers; 0: it answers none. */
  readonly quoteSeq: number;
  /** Agents: the proposal that was taken for it. */
  readonly assist?: AssistTaken;
  readonly state: 'sending' | 'sent' | 'failed';
  /** How often the server refused it for the moment. */
  readonly tries: number;
  /** It is not tried again before, milliseconds since 1970. */
  readonly notBeforeMs: number;
  /** The server's word, when failed. */
  readonly problem?: string;
  /** Set once the message is sent. */
  readonly seq?: number;
}

/**
 * So much later is what is written within the same millisecond: before all that is written in the next
 * one, be it by a program that was started anew.
 */
const STEP_MS = 1 / 1024;

/** A message as it begins; `order` is larger than `after`. */
export function newOutgoing(
  runtime: Runtime,
  body: Body,
  quoteSeq: number,
  after: number,
  assist?: AssistTaken,
): Outgoing {
  const nowMs = runtime.now();
  return {
    clientId: runtime.id(),
    body,
    queuedAtMs: nowMs,
    order: Math.max(nowMs, after + STEP_MS),
    utcOffsetMinutes: 0 - new Date(nowMs).getTimezoneOffset(),
    quoteSeq,
    assist,
    state: 'sending',
    tries: 0,
    notBeforeMs: 0,
  };
}

/**
 * What waits in one conversation, one record under one key: no two tabs ever have to change the same
 * text, so none can undo what another one wrote.
 */
export class OutgoingRecords {
  /** What texts say: they are looked at far more often than they change. */
  private readonly known = new Map<string, Outgoing | undefined>();

  constructor(
    private readonly tabs: Tabs,
    /** What the keys begin with. */
    private readonly prefix: string,
  ) {}

  /** All that wait or failed, first written first. */
  list(): Outgoing[] {
    const { store } = this.tabs;
    const records = store.keys(this.prefix).flatMap((key) => this.read(store.get(key)) ?? []);
    if (this.known.size > 2 * records.length + 16) this.known.clear();
    return records.sort((a, b) => a.order - b.order || (a.clientId < b.clientId ? -1 : 1));
  }

  has(clientId: string): boolean {
    return this.tabs.store.get(this.prefix + clientId) !== null;
  }

  put(item: Outgoing): void {
    const key = this.prefix + item.clientId;
    const record = { ...item, body: toJson(BodySchema, item.body) };
    this.tabs.store.set(key, JSON.stringify(record));
    this.tabs.tell({ key });
  }

  /** Takes it out; with a sequence, because it was stored under that. */
  remove(clientId: string, sentSeq?: number): void {
    if (!this.has(clientId)) return;
    const key = this.prefix + clientId;
    this.tabs.store.remove(key);
    this.tabs.tell({ key, sentSeq });
  }

  private read(text: string | null): Outgoing | undefined {
    if (text === null) return undefined;
    if (!this.known.has(text)) this.known.set(text, parse(text));
    return this.known.get(text);
  }

  /** The client id that a key of this conversation names. */
  idOf(key: string): string | undefined {
    return key.startsWith(this.prefix) ? key.slice(this.prefix.length) : undefined;
  }
}

/** None, where somebody else's or an older version's data stands. */
function parse(text: string): Outgoing | undefined {
  try {
    const record = JSON.parse(text);
    const whole =
      typeof record.clientId === 'string' &&
      [record.order, record.queuedAtMs, record.utcOffsetMinutes, record.quoteSeq].every(
        Number.isFinite,
      );
    return whole ? { ...record, body: fromJson(BodySchema, record.body) } : undefined;
  } catch {
    return undefined;
  }
}
