import { create, type Init } from '@kefu/sdk/codec';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WebSocket as Socket } from 'ws';
import { Unread } from '../src/agent/state/unread.svelte';
import type { Missed } from '@kefu/sdk/proto/frame';
import { ConversationSchema, Sender, type Conversation } from '@kefu/sdk/proto/message';
import { newClient, until } from '../sdk/tests/support/client';
import { ChatServer } from '../sdk/tests/support/server';

const ME = 5n;
const conversation = (id: bigint, lastSeq: bigint) =>
  create(ConversationSchema, { id, lastSeq, agentId: ME });

let server: ChatServer;
let client: ReturnType<typeof newClient>;
let unread: Unread;
let heads: Map<bigint, Conversation>;
/** What the server counts now, by pages. */
let pages: Init<Missed>[][];
let socket: Socket;

beforeEach(async () => {
  server = await ChatServer.start();
  client = newClient(server.url);
  heads = new Map();
  pages = [[]];
  server.override = (chat, from, { ref, body }) => {
    socket = from;
    if (body.case === 'workspace') {
      chat.send(from, { case: 'workspace', value: {} }, ref);
      return true;
    }
    if (body.case !== 'missed') return false;
    const at = Number(body.value.after);
    const nextAfter = at + 1 < pages.length ? BigInt(at + 1) : 0n;
    chat.send(from, { case: 'missed', value: { conversations: pages[at], nextAfter } }, ref);
    return true;
  };
  unread = new Unread(client, ME, (id) => heads.get(id));
  client.openWorkspace();
  client.connection.start();
});

afterEach(async () => {
  unread.stop();
  client.stop();
  await server.stop();
});

function missed(id: bigint, lastSeq: bigint, readSeq: bigint, count: number) {
  const head = conversation(id, lastSeq);
  heads.set(id, head);
  return { conversation: head, readSeq, unread: count };
}

function readBy(whoId: bigint, id: bigint, readSeq: bigint) {
  const value = { conversationId: id, who: Sender.AGENT, whoId, readSeq, deliveredSeq: readSeq };
  server.send(socket, { case: 'cursor', value });
}

const of = (id: bigint) => unread.of(heads.get(id) ?? conversation(id, 0n));

test('the server counts, over as many pages as it has', async () => {
  pages = [[missed(1n, 9n, 4n, 2)], [missed(2n, 3n, 0n, 3)]];
  await until(() => of(2n) === 3, 'both pages');
  expect(of(1n)).toBe(2);
  expect(unread.isNew(conversation(1n, 9n))).toBe(false);
  expect(unread.isNew(conversation(2n, 3n))).toBe(true);
});

test('what another tab has read is read here, and a colleague’s reading is not', async () => {
  pages = [[missed(1n, 9n, 4n, 2)]];
  await until(() => of(1n) === 2, 'the count');
  readBy(ME + 1n, 1n, 9n);
  readBy(ME, 1n, 9n);
  await until(() => of(1n) === 0, 'read elsewhere');
});

test('a new message is asked about, and what is not listed any more is read', async () => {
  pages = [[missed(1n, 9n, 9n, 0), missed(2n, 3n, 1n, 1)]];
  await until(() => of(2n) === 1, 'the first count');
  const before = heads.get(1n);
  pages = [[missed(1n, 11n, 9n, 2)]];
  unread.follow(before, conversation(1n, 11n));
  await until(() => of(1n) === 2, 'the new ones');
  expect(of(2n)).toBe(0);
});
