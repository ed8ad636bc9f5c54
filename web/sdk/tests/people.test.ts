import {
  memoryStore,
  soloTabs,
  subjectOf,
  textBody,
  Visitor,
  type Store,
  type Transport,
} from '@kefu/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Clock, TabRuntime } from './sim/clock';
import { NO_NETWORK_FAULTS, SimNetwork } from './sim/network';
import { SimServer } from './sim/server';
import { Dice } from './support/seeds';
import { tokenOf } from './support/tokens';

/** What the server has of one person: a conversation, and the way to it. */
interface Home {
  readonly server: SimServer;
  readonly network: SimNetwork;
}

let clock: Clock;
let store: Store;
/** By what the business calls them; the empty name: the anonymous visitor of this browser. */
let homes: Map<string, Home>;
/** Sessions that the server knows, and whose they are. */
let sessions: Map<string, string>;
/** Answers that were no use. */
let refusals: string[];
/** Whose tokens are not believed. */
let doubted: string;
let identity: string;
let visitor: Visitor;

beforeEach(() => {
  clock = new Clock();
  store = memoryStore();
  homes = new Map();
  sessions = new Map();
  refusals = [];
  doubted = '';
  vi.stubGlobal('fetch', rest);
});

afterEach(() => {
  visitor.stop();
  vi.unstubAllGlobals();
});

function homeOf(subject: string): Home {
  let home = homes.get(subject);
  if (!home) {
    const dice = new Dice(homes.size + 1);
    const server = new SimServer(dice);
    server.conversation = BigInt(100 + homes.size);
    home = { server, network: new SimNetwork(clock, server, dice) };
    homes.set(subject, home);
  }
  return home;
}

/** Every answer takes a while; what a session may not see is refused. */
async function rest(url: string, init: RequestInit): Promise<Response> {
  const path = url.replace(/.*\/api\/v1/, '');
  await new Promise<void>((resolve) => clock.after(30, resolve));
  const bearer = new Headers(init.headers).get('authorization')?.slice('Bearer '.length) ?? '';
  if (init.method === 'DELETE') {
    sessions.delete(bearer);
    return new Response(null, { status: 204 });
  }
  if (init.method === 'POST') {
    const { token = '' } = JSON.parse(String(init.body)) as { token?: string };
    const subject = subjectOf(token);
    if (subject && subject === doubted) return refuse('identity_expired', path);
    const session = `session-${sessions.size}-${clock.nowMs}`;
    sessions.set(session, subject);
    const conversationId = String(homeOf(subject).server.conversation);
    return Response.json({ token: session, principal: { conversationId } }, { status: 201 });
  }
  const subject = sessions.get(bearer);
  const id = subject === undefined ? '' : String(homeOf(subject).server.conversation);
  return path === `/conversations/${id}` ? Response.json({ id }) : refuse('unauthenticated', path);
}

function refuse(code: string, path: string): Response {
  refusals.push(`${path} ${code}`);
  return Response.json({ code }, { status: 401 });
}

/** Leads each session to the server's half that has its conversation. */
const transport: Transport = {
  name: 'websocket',
  available: () => true,
  open(target, events) {
    const subject = sessions.get(target.token()) ?? '';
    return homeOf(subject).network.transport('websocket').open(target, events);
  },
};

function open(): void {
  const runtime = new TabRuntime(clock, new Dice(9), 'tab');
  const tabs = soloTabs(runtime, 15_000, store);
  visitor = new Visitor({ runtime, tabs, transports: [transport], identity: () => identity });
  visitor.start();
}

/** The page says somebody else, or nobody; nothing of the network has happened yet. */
async function says(subject: string, jti = '1'): Promise<void> {
  identity = subject && tokenOf(subject, jti);
  void visitor.identify();
  await clock.runUntil(clock.nowMs);
}

const seconds = (count: number) => clock.runUntil(clock.nowMs + count * 1_000);
const textsOf = (subject: string) =>
  homeOf(subject).server.messages.map(({ body }) =>
    body?.kind.case === 'text' ? body.kind.value.text : '?',
  );
const kept = (prefix: string) => store.keys(prefix).map((key) => store.get(key));
const shown = () => [
  ...visitor.early.map(({ body }) => body),
  ...(visitor.room?.messages ?? []),
  ...(visitor.room?.outgoing ?? []),
];

test('what somebody wrote who left before they were let in is nobody else’s', async () => {
  identity = '';
  open();
  await seconds(5);
  await says('kunde');
  visitor.send('of the customer');
  expect(shown()).toHaveLength(1);
  await says('');
  expect(shown()).toEqual([]);
  await seconds(5);
  expect(visitor.room?.conversationId).toBe(homeOf('').server.conversation);
  expect(shown()).toEqual([]);
  expect(textsOf('')).toEqual([]);
  expect(kept('kefu.outbox')).toEqual([]);
  expect(kept('kefu.named')).toEqual([]);
  expect(refusals).toEqual([]);
});

test('of somebody who leaves, nothing stays: no words, no drafts, no session', async () => {
  identity = tokenOf('kunde');
  open();
  await seconds(5);
  const { conversationId } = visitor.room!;
  visitor.send('said');
  await seconds(2);
  homeOf('kunde').network.faults = { ...NO_NETWORK_FAULTS, blocked: new Set(['websocket']) };
  homeOf('kunde').network.silence();
  visitor.send('waits');
  visitor.client.drafts.set(conversationId, 'begun');
  expect(shown()).toHaveLength(2);
  await says('');
  expect(shown()).toEqual([]);
  expect(visitor.head).toBeUndefined();
  await seconds(60);
  expect(textsOf('kunde')).toEqual(['said']);
  expect([...sessions.values()]).toEqual(['']);
  const left = store.keys('kefu.').filter((key) => !/^kefu\.(device|visitor)$/.test(key));
  expect(left).toEqual([]);
});

test('what the anonymous visitor wrote is sent when they are back, and as nobody else', async () => {
  identity = '';
  open();
  // One before there is a session, and one where the line is silent.
  visitor.send('early');
  await clock.runUntil(clock.nowMs);
  await says('kunde');
  expect(shown()).toEqual([]);
  await seconds(5);
  await says('');
  expect(shown()).toHaveLength(1);
  await seconds(5);
  homeOf('').network.silence();
  visitor.send('late');
  await says('kunde', '2');
  await seconds(60);
  visitor.send('of the customer');
  await seconds(5);
  expect(textsOf('kunde')).toEqual(['of the customer']);
  await says('');
  await seconds(60);
  expect(textsOf('')).toEqual(['early', 'late']);
  expect(visitor.room?.outgoing).toEqual([]);
  expect(refusals).toEqual([]);
});

test('a token that is not believed loses nothing of what its owner wrote', async () => {
  identity = tokenOf('kunde');
  doubted = 'kunde';
  open();
  let others = 0;
  visitor.on('person', () => (others += 1));
  visitor.send('hello');
  await seconds(5);
  expect(refusals).not.toEqual([]);
  doubted = '';
  await says('kunde', '2');
  await seconds(5);
  expect(textsOf('kunde')).toEqual(['hello']);
  expect(others).toBe(0);
});

test('somebody else at a session that was lost is not given what waited in it', async () => {
  identity = tokenOf('kunde');
  open();
  await seconds(5);
  const { network, server } = homeOf('kunde');
  network.faults = { ...NO_NETWORK_FAULTS, blocked: new Set(['websocket']) };
  network.silence();
  visitor.room!.send(textBody('of the customer'));
  // The page changes, and does not say so; the server lets nobody in by the old session.
  identity = tokenOf('nachbar');
  server.sessions = new Set();
  network.faults = NO_NETWORK_FAULTS;
  await seconds(120);
  expect(visitor.room?.conversationId).toBe(homeOf('nachbar').server.conversation);
  expect(textsOf('nachbar')).toEqual([]);
  expect(kept('kefu.outbox')).toEqual([]);
});
