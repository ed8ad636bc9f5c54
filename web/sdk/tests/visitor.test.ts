import {
  Action,
  memoryStore,
  reportPages,
  Visitor,
  type Room,
  type Store,
  type Tabs,
} from '@kefu/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { leaseIn } from '../src/tabs/lock';
import { Clock, TabRuntime } from './sim/clock';
import { NO_NETWORK_FAULTS, SimNetwork } from './sim/network';
import { SimServer } from './sim/server';
import { Dice } from './support/seeds';

let clock: Clock;
let server: SimServer;
let network: SimNetwork;
let store: Store;
let listeners: Set<(key: { key: string }) => void>;
let visitors: Visitor[];
/** Requests that came to REST, oldest first. */
let asked: string[];
let down: boolean;
/** What an answer says of the conversation. */
let head: object;

beforeEach(() => {
  clock = new Clock();
  const dice = new Dice(3);
  server = new SimServer(dice);
  server.sessions = new Set();
  network = new SimNetwork(clock, server, dice);
  store = memoryStore();
  listeners = new Set();
  visitors = [];
  asked = [];
  down = false;
  head = { version: '1' };
  vi.stubGlobal('fetch', rest);
});

afterEach(() => {
  for (const visitor of visitors) visitor.stop();
  vi.unstubAllGlobals();
});

/** Sessions and heads of conversations; every answer takes a while. */
async function rest(url: string, init: RequestInit): Promise<Response> {
  const path = url.replace(/.*\/api\/v1/, '');
  asked.push(`${init.method} ${path}`);
  await new Promise<void>((resolve) => clock.after(30, resolve));
  if (down) throw new TypeError('no network');
  const conversationId = String(server.conversation);
  if (path === '/visitor/session') {
    const token = `token${server.sessions!.size + 1}-${conversationId}`;
    server.sessions!.add(token);
    return Response.json({ token, principal: { conversationId } }, { status: 201 });
  }
  const token = new Headers(init.headers).get('authorization')?.slice('Bearer '.length);
  const known = server.sessions!.has(token ?? '');
  if (!known) return Response.json({ code: 'unauthenticated' }, { status: 401 });
  return Response.json({ id: conversationId, visitorId: '1', ...head });
}

function open(name: string): Visitor {
  const runtime = new TabRuntime(clock, new Dice(visitors.length + 10), name);
  const lease = leaseIn(store, runtime, 15_000);
  const mine = new Set<(news: { key: string }) => void>();
  const tabs: Tabs = {
    store,
    exclusive: (key, run, sure = false) => lease(key, run, sure),
    tell: (news) => {
      for (const listener of listeners)
        if (!mine.has(listener)) clock.after(5, () => listener(news));
    },
    on: (listener) => {
      mine.add(listener);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => undefined,
  };
  const visitor = new Visitor({ runtime, tabs, transports: [network.transport('websocket')] });
  visitors.push(visitor);
  visitor.start();
  return visitor;
}

const seconds = (count: number) => clock.runUntil(clock.nowMs + count * 1_000);
const texts = () =>
  server.messages.map(({ body }) => (body?.kind.case === 'text' ? body.kind.value.text : '?'));

test('two tabs that are opened at once are one visitor', async () => {
  const [one, two] = [open('one'), open('two')];
  await seconds(5);
  expect(asked.filter((each) => each === 'POST /visitor/session')).toHaveLength(1);
  expect(one.room?.conversationId).toBe(two.room?.conversationId);
  one.send('hello');
  await seconds(2);
  expect(two.room?.messages.map(({ clientId }) => clientId)).toEqual([
    one.room?.messages[0]?.clientId,
  ]);
});

test('what is written before there is a session goes out when there is one, in order', async () => {
  down = true;
  const visitor = open('one');
  const problems: (string | undefined)[] = [];
  visitor.on('problem', (error) => problems.push(error?.code));
  for (const words of ['one', 'two', 'three']) visitor.send(words);
  expect(visitor.early).toHaveLength(3);
  await seconds(20);
  expect(problems.length).toBeGreaterThan(1);
  expect(problems).not.toContain(undefined);
  down = false;
  await seconds(30);
  expect(problems.at(-1)).toBeUndefined();
  expect(visitor.early).toEqual([]);
  expect(texts()).toEqual(['one', 'two', 'three']);
  for (let index = 0; index < 100; index += 1) visitor.send(`${index}`);
  expect(() => visitor.send('one too many')).toThrow(/too many/);
});

test('when the session is lost, what waits goes along into the new one, once for all tabs', async () => {
  const [one, two] = [open('one'), open('two')];
  const rooms: (Room | undefined)[] = [];
  one.on('room', (room) => rooms.push(room));
  await seconds(5);
  const before = one.room!.conversationId;
  // The network is away; the server forgets everybody; and both tabs write.
  network.faults = { ...NO_NETWORK_FAULTS, blocked: new Set(['websocket']) };
  network.silence();
  one.send('from one');
  two.send('from two');
  await seconds(60);
  server.sessions!.clear();
  server.conversation = before + 1n;
  server.messages.length = 0;
  network.faults = NO_NETWORK_FAULTS;
  await seconds(120);
  expect(one.room?.conversationId).toBe(before + 1n);
  expect(two.room?.conversationId).toBe(before + 1n);
  expect(rooms.map((room) => room?.conversationId)).toEqual([before, undefined, before + 1n]);
  expect(asked.filter((each) => each === 'POST /visitor/session')).toHaveLength(2);
  expect(texts().sort()).toEqual(['from one', 'from two']);
  expect(store.keys('kefu.outbox')).toEqual([]);
});

test('what a program wrote in a burst goes before what the next one writes at once', async () => {
  const first = open('one');
  await seconds(5);
  network.faults = { ...NO_NETWORK_FAULTS, blocked: new Set(['websocket']) };
  network.silence();
  for (const words of ['one', 'two', 'three']) first.send(words);
  first.stop();
  await clock.runUntil(clock.nowMs + 1);
  const second = open('two');
  second.send('four');
  expect(second.early).toHaveLength(1);
  network.faults = NO_NETWORK_FAULTS;
  await seconds(30);
  expect(texts()).toEqual(['one', 'two', 'three', 'four']);
});

test('an answer that comes late does not bring back an older place in the queue', async () => {
  const visitor = open('one');
  await seconds(5);
  server.tell({ version: 2n, queuePosition: 1 });
  await seconds(1);
  head = { version: '2', queuePosition: 2 };
  const acted = visitor.act(Action.REQUEST_HUMAN);
  await seconds(1);
  expect((await acted).queuePosition).toBe(2);
  expect(visitor.head).toMatchObject({ version: 2n, queuePosition: 1 });

  const left = visitor.act(Action.LEAVE_QUEUE);
  head = { version: '3', queuePosition: 0 };
  await seconds(1);
  await left;
  expect(visitor.head).toMatchObject({ version: 3n, queuePosition: 0 });
});

test('a page is told as soon as there is a session, bounded, and nobody minds when it is not kept', async () => {
  const visitor = open('one');
  let page = { url: 'https://shop.example/a', title: 'x'.repeat(5_000), referrer: '' };
  const again = reportPages(visitor, () => page);
  const pages = () => asked.filter((each) => each === 'POST /page').length;
  expect(pages()).toBe(0);
  await seconds(5);
  expect(pages()).toBe(1);
  page = { ...page, url: 'https://shop.example/b' };
  again();
  await seconds(1);
  expect(pages()).toBe(2);
  page = { ...page, url: 'file:///home/page.html' };
  again();
  await seconds(1);
  expect(pages()).toBe(2);
  page = { ...page, url: 'https://shop.example/c' };
  down = true;
  again();
  await seconds(1);
  expect(pages()).toBe(3);
});
