import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Message } from '@kefu/sdk/proto/message';
import { newClient, until } from './support/client';
import { ChatServer, CONVERSATION } from './support/server';

let server: ChatServer;
let client: ReturnType<typeof newClient>;
let seen: number[];

beforeEach(async () => {
  server = await ChatServer.start();
  client = newClient(server.url);
  seen = [];
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
});

afterEach(async () => {
  client.stop();
  await server.stop();
});

function watch(afterSeq = 0): void {
  client
    .open(CONVERSATION, afterSeq)
    .on('messages', (messages: Message[]) => seen.push(...messages.map(({ seq }) => Number(seq))));
}

test('shows what follows the last one seen, then what comes', async () => {
  for (const words of ['a', 'b', 'c']) server.say(words);
  watch(1);
  await until(() => seen.length === 2, 'the two missed');
  server.say('d');
  await until(() => seen.length === 3, 'the new one');
  expect(seen).toEqual([2, 3, 4]);
});

test('after a cut it gets exactly what it missed', async () => {
  watch();
  server.say('a');
  await until(() => seen.length === 1, 'the first');
  server.cut();
  server.say('b');
  server.say('c');
  await until(() => seen.length === 3, 'the missed ones');
  expect(seen).toEqual([1, 2, 3]);
  expect(
    server.frames('open').map(({ body }) => (body.value as { afterSeq: bigint }).afterSeq),
  ).toEqual([0n, 1n]);
});

test('a repeated delivery is shown once', async () => {
  watch();
  const first = server.say('a');
  await until(() => seen.length === 1, 'the first');
  server.deliver([first]);
  server.deliver([first, server.store(2, '', { case: 'text', value: { text: 'b' } })]);
  await until(() => seen.length === 2, 'the second');
  expect(seen).toEqual([1, 2]);
  expect(server.frames('open')).toHaveLength(1);
});

test('a gap is not shown but asked for', async () => {
  watch();
  server.say('a');
  await until(() => seen.length === 1, 'the first');
  server.store(2, '', { case: 'text', value: { text: 'lost on the way' } });
  server.say('c');
  await until(() => seen.length === 3, 'all of them');
  expect(seen).toEqual([1, 2, 3]);
  expect(server.frames('open')).toHaveLength(2);
});

test('messages that come late from an earlier opening are not shown twice', async () => {
  for (let index = 0; index < 20; index += 1) server.say(String(index));
  watch();
  await until(() => seen.length === 20, 'all');
  for (let round = 0; round < 5; round += 1) {
    server.cut();
    server.say('more');
    server.deliver(server.messages.slice(5));
    await until(() => seen.length === 21 + round, 'the next');
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test('after a backup was restored all of it is shown again, and then what comes', async () => {
  watch();
  for (const words of ['a', 'b', 'c', 'lost', 'lost']) server.say(words);
  await until(() => seen.length === 5, 'all');
  let rewound = 0;
  client.open(CONVERSATION, 0).on('rewound', () => (rewound += 1));
  server.messages.splice(3);
  server.cut();
  await until(() => seen.length === 8, 'what the backup has');
  server.say('new');
  await until(() => seen.length === 9, 'what came after');
  expect(seen).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4]);
  expect(rewound).toBe(1);
});

test('after a restore the history of now is shown, though the server has passed the place', async () => {
  watch();
  for (const words of ['a', 'b', 'lost', 'lost']) server.say(words);
  await until(() => seen.length === 4, 'all');
  const rewound: bigint[] = [];
  client.on('rewound', (id) => rewound.push(id));
  server.cut();
  server.say('c');
  await until(() => seen.length === 5, 'the same epoch: only what is new');
  server.messages.splice(2);
  server.epoch = 2n;
  for (const words of ['n', 'n', 'n', 'n']) {
    server.store(2, '', { case: 'text', value: { text: words } });
  }
  server.cut();
  await until(() => seen.length === 11, 'all of the other epoch');
  expect(seen).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6]);
  expect(rewound).toEqual([CONVERSATION]);
});

test('a conversation that the server gave up is opened again', async () => {
  watch();
  server.say('a');
  await until(() => seen.length === 1, 'the first');
  server.abandon();
  server.say('b');
  await until(() => seen.length === 2, 'the second');
  expect(seen).toEqual([1, 2]);
});

test('a refusal that will not change is reported, one that may is tried again', async () => {
  let refusals = 0;
  server.override = (chat, socket, { ref, body }) => {
    if (body.case !== 'open' || refusals >= 2) return false;
    refusals += 1;
    chat.send(socket, { case: 'problem', value: { code: 'overloaded', retryAfterMs: 5 } }, ref);
    return true;
  };
  server.say('a');
  watch();
  await until(() => seen.length === 1, 'opened in the end');

  server.override = (chat, socket, { ref, body }) => {
    if (body.case !== 'open') return false;
    chat.send(socket, { case: 'problem', value: { code: 'forbidden' } }, ref);
    return true;
  };
  const codes: string[] = [];
  client.open(8n, 0).on('refused', ({ code }) => codes.push(code));
  await until(() => codes.length === 1, 'refused');
  expect(codes).toEqual(['forbidden']);
});
