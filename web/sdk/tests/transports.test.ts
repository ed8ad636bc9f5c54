import {
  EventStreamTransport,
  LongPollTransport,
  WebSocketTransport,
  type Transport,
} from '@kefu/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { newClient, text, until } from './support/client';
import { ChatServer, CONVERSATION } from './support/server';
import { StreamServer } from './support/stream-server';

let chat: ChatServer;
let stream: StreamServer;
let client: ReturnType<typeof newClient>;
let seen: string[];

beforeEach(async () => {
  chat = await ChatServer.start();
  stream = await StreamServer.start(chat);
});

afterEach(async () => {
  client.stop();
  await stream.stop();
  await chat.stop();
});

function start(transports: Transport[], limits = {}, server = stream.url): void {
  client = newClient(server, limits, { transports });
  seen = [];
  client.open(CONVERSATION, 0).on('messages', (messages) => {
    for (const { body } of messages) {
      if (body?.kind.case === 'text') seen.push(body.kind.value.text);
    }
  });
  client.connection.start();
}

const stored = () =>
  chat.messages.map(({ body }) => (body?.kind.case === 'text' ? body.kind.value.text : '?'));
const asked = (path: string) => stream.requests.filter((each) => each.endsWith(path)).length;

const OVER_HTTP = { sse: new EventStreamTransport(), 'long-poll': new LongPollTransport() };

for (const [name, transport] of Object.entries(OVER_HTTP)) {
  test(`${name}: what is said goes up, what is there and what comes comes down`, async () => {
    chat.say('before');
    start([transport]);
    await until(() => seen.length === 1, 'what was there');
    client.outbox(CONVERSATION).push(text('mine'));
    await until(() => seen.length === 2, 'mine');
    chat.say('after');
    await until(() => seen.length === 3, 'what came');
    expect(seen).toEqual(['before', 'mine', 'after']);
    expect(client.connection.transport).toBe(name);
  });

  test(`${name}: requests that break in the middle lose and double nothing`, async () => {
    start([transport], { backoffMaxMs: 30 });
    const outbox = client.outbox(CONVERSATION);
    const words = Array.from({ length: 40 }, (_, index) => `message ${index}`);
    for (const [index, each] of words.entries()) {
      outbox.push(text(each));
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (index % 8 === 7) stream.cut();
    }
    await until(() => seen.length === words.length, 'all seen', 20_000);
    expect(seen).toEqual(words);
    expect(stored()).toEqual(words);
  });

  test(`${name}: a server that knows the connection no more is met again`, async () => {
    start([transport]);
    chat.say('one');
    await until(() => seen.length === 1, 'the first');
    stream.forget();
    chat.say('two');
    await until(() => seen.length === 2, 'the second', 20_000);
    expect(asked('POST /stream')).toBeGreaterThanOrEqual(2);
  });

  test(`${name}: a goodbye that the session is over ends it`, async () => {
    chat.override = (server, socket, { ref, body }) => {
      if (body.case !== 'hello') return false;
      const problem = { code: 'unauthenticated' };
      server.send(socket, { case: 'goodbye', value: { problem } }, ref);
      socket.close(1008);
      return true;
    };
    start([transport]);
    await until(() => client.connection.state === 'ended', 'ended');
    expect(asked('POST /stream')).toBe(1);
  });
}

test('polling: an answer that is lost is asked for again, and nothing is missing', async () => {
  start([new LongPollTransport()]);
  await until(() => client.connection.state === 'open', 'open');
  for (const words of ['a', 'b', 'c']) {
    chat.say(words);
    // The answer to the poll is on its way, or not: both happen.
    stream.cut();
    await until(() => seen.includes(words), words, 20_000);
  }
  expect(seen).toEqual(['a', 'b', 'c']);
});

const webSocket = () => new WebSocketTransport(WebSocket as unknown as typeof globalThis.WebSocket);

test('where no WebSocket gets through, events do; where those are kept back, polls do', async () => {
  const limits = { connectMs: 150, backoffMaxMs: 20 };
  // The HTTP server knows no upgrade: every WebSocket fails.
  start([webSocket(), OVER_HTTP.sse, OVER_HTTP['long-poll']], limits);
  await until(() => client.connection.state === 'open', 'open');
  expect(client.connection.transport).toBe('sse');
  client.stop();

  stream.buffers = true;
  start([webSocket(), OVER_HTTP.sse, OVER_HTTP['long-poll']], limits);
  await until(() => client.connection.state === 'open', 'open', 20_000);
  expect(client.connection.transport).toBe('long-poll');
  expect(client.dump().counts.fallback).toBe(2);
});

test('a server without connections over HTTP is not asked twice in a row', async () => {
  await stream.stop();
  stream = await StreamServer.start(chat);
  // The chat server itself answers requests that are no upgrade with 426.
  start([OVER_HTTP.sse, webSocket()], {}, chat.url);
  await until(() => client.connection.state === 'open', 'open');
  expect(client.connection.transport).toBe('websocket');
  expect(client.dump().counts).toMatchObject({ connect_failed: 1, fallback: 1, connect: 1 });
});

/** Goes where it is told to, so that one client can meet two servers. */
function elsewhere(transport: Transport, server: () => string): Transport {
  return {
    name: transport.name,
    available: () => transport.available(),
    open: (target, events) => transport.open({ ...target, server: server() }, events),
  };
}

test('the better transport takes over in the middle of a talk, and nothing is lost or doubled', async () => {
  let blocked = true;
  const better = elsewhere(webSocket(), () => (blocked ? stream.url : chat.url));
  start([better, OVER_HTTP['long-poll']], { upgradeBaseMs: 60, upgradeMaxMs: 60 });
  await until(() => client.connection.transport === 'long-poll', 'on the fallback');
  const outbox = client.outbox(CONVERSATION);
  const words = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  for (const [index, each] of words.entries()) {
    outbox.push(text(each));
    if (index === 20) blocked = false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(() => seen.length === words.length, 'all seen');
  await until(() => client.connection.transport === 'websocket', 'changed over');
  expect(seen).toEqual(words);
  expect(stored()).toEqual(words);
  expect(client.dump().counts).toMatchObject({ upgrade: 1 });
});
