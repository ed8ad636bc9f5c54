import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SendMessage } from '@kefu/sdk/proto/frame';
import { memoryStore, soloTabs, systemRuntime, type Outgoing } from '@kefu/sdk';
import { newClient, text, until } from './support/client';
import { ChatServer, CONVERSATION } from './support/server';

let server: ChatServer;
let client: ReturnType<typeof newClient>;

beforeEach(async () => {
  server = await ChatServer.start();
  client = newClient(server.url);
});

afterEach(async () => {
  client.stop();
  await server.stop();
});

const stored = () =>
  server.messages.map(({ body }) => (body?.kind.case === 'text' ? body.kind.value.text : '?'));
const states = (list: readonly Outgoing[]) => list.map(({ state }) => state);

test('what is written offline is sent in order once there is a connection', async () => {
  const outbox = client.outbox(CONVERSATION);
  for (const words of ['one', 'two', 'three']) outbox.push(text(words));
  expect(states(outbox.list)).toEqual(['sending', 'sending', 'sending']);
  client.connection.start();
  await until(() => states(outbox.list).every((state) => state === 'sent'), 'all sent');
  expect(stored()).toEqual(['one', 'two', 'three']);
  expect(outbox.list.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test('a message says how far the clock of its writer is from UTC', async () => {
  const outbox = client.outbox(CONVERSATION);
  const zone = vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(300);
  client.connection.start();
  outbox.push(text('tomorrow'));
  await until(() => states(outbox.list)[0] === 'sent', 'sent');
  zone.mockRestore();
  const sent = server.frames('send').map(({ body }) => body.value as SendMessage);
  expect(sent.map(({ utcOffsetMinutes }) => utcOffsetMinutes)).toEqual([-300]);
});

test('a message whose answer was lost is sent again under the same id and stored once', async () => {
  let lost = 0;
  server.override = (chat, socket, { body }) => {
    if (body.case !== 'send' || lost > 0) return false;
    lost += 1;
    chat.store(1, body.value.clientId, body.value.body?.kind);
    socket.terminate();
    return true;
  };
  const outbox = client.outbox(CONVERSATION);
  client.connection.start();
  outbox.push(text('only once'));
  await until(() => outbox.list[0]?.state === 'sent', 'sent');
  const ids = server.frames('send').map(({ body }) => (body.value as SendMessage).clientId);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  expect(stored()).toEqual(['only once']);
});

test('an answer that never comes is asked for again', async () => {
  client.stop();
  client = newClient(server.url, { replyMs: 30 });
  let ignored = 0;
  server.override = (_chat, _socket, { body }) => body.case === 'send' && ignored++ < 1;
  const outbox = client.outbox(CONVERSATION);
  client.connection.start();
  outbox.push(text('hello'));
  await until(() => outbox.list[0]?.state === 'sent', 'sent');
  expect(stored()).toEqual(['hello']);
});

test('order holds when the server is busy in between', async () => {
  let refusals = 0;
  server.override = (chat, socket, { ref, body }) => {
    if (body.case !== 'send' || refusals >= 3) return false;
    refusals += 1;
    chat.send(socket, { case: 'problem', value: { code: 'rate_limited', retryAfterMs: 10 } }, ref);
    return true;
  };
  const outbox = client.outbox(CONVERSATION);
  client.connection.start();
  for (const words of ['one', 'two', 'three']) outbox.push(text(words));
  await until(() => stored().length === 3, 'all stored');
  expect(stored()).toEqual(['one', 'two', 'three']);
});

test('a refusal fails that message only; a person may try it again', async () => {
  server.override = (chat, socket, { ref, body }) => {
    const kind = body.case === 'send' ? body.value.body?.kind : undefined;
    if (kind?.case !== 'text' || kind.value.text !== 'bad') return false;
    chat.send(socket, { case: 'problem', value: { code: 'invalid' } }, ref);
    return true;
  };
  const outbox = client.outbox(CONVERSATION);
  client.connection.start();
  const bad = outbox.push(text('bad'));
  outbox.push(text('good'));
  await until(() => stored().length === 1, 'the good one');
  expect(outbox.list[0]).toMatchObject({ state: 'failed', problem: 'invalid' });

  server.override = () => false;
  outbox.retry(bad.clientId);
  await until(() => stored().length === 2, 'the second try');
  expect(stored()).toEqual(['good', 'bad']);
  expect(outbox.list.some(({ state }) => state === 'failed')).toBe(false);
});

test('a server that stays busy makes the message fail in the end', async () => {
  client = newClient(server.url, { sendTries: 3 });
  server.override = (chat, socket, { ref, body }) => {
    if (body.case !== 'send') return false;
    chat.send(socket, { case: 'problem', value: { code: 'overloaded', retryAfterMs: 2 } }, ref);
    return true;
  };
  const outbox = client.outbox(CONVERSATION);
  client.connection.start();
  outbox.push(text('hello'));
  await until(() => outbox.list[0]?.state === 'failed', 'failed');
  expect(server.frames('send')).toHaveLength(3);
});

test('many cuts in the middle of many messages lose, double and reorder nothing', async () => {
  const outbox = client.outbox(CONVERSATION);
  const seen: string[] = [];
  client.connection.start();
  client.open(CONVERSATION, 0).on('messages', (messages) => {
    for (const { body } of messages)
      if (body?.kind.case === 'text') seen.push(body.kind.value.text);
  });
  const words = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  for (const [index, each] of words.entries()) {
    outbox.push(text(each));
    if (index % 6 === 5) {
      await new Promise((resolve) => setTimeout(resolve, 3));
      server.cut();
    }
  }
  await until(() => seen.length === words.length, 'all seen');
  expect(seen).toEqual(words);
  expect(stored()).toEqual(words);
});

test('what was not sent survives a reload, and too much is refused', async () => {
  const store = memoryStore();
  const tabs = () => soloTabs(systemRuntime, 100, store);
  client.stop();
  client = newClient(server.url, { outboxSize: 2 }, { tabs: tabs() });
  const before = client.outbox(CONVERSATION);
  const first = before.push(text('one'));
  before.push(text('two'));
  expect(() => before.push(text('three'))).toThrowError(/too many/);
  client.stop();

  client = newClient(server.url, {}, { tabs: tabs() });
  const after = client.outbox(CONVERSATION);
  expect(after.list.map(({ clientId }) => clientId)[0]).toBe(first.clientId);
  client.connection.start();
  await until(() => store.keys('').length === 0, 'nothing left to send');
  expect(stored()).toEqual(['one', 'two']);
});
