import { create, toJson } from '@kefu/sdk/codec';
import { TagNamesSchema, TagsSchema } from '@kefu/sdk/proto/profile';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket as Socket } from 'ws';
import { Tags } from '../src/agent/profile/tags.svelte';
import { newClient, until as soon } from '../sdk/tests/support/client';
import { ChatServer } from '../sdk/tests/support/server';

const TALK = 7n;
const until = (check: () => boolean) => soon(check, 'what the test waits for');

let server: ChatServer;
let client: ReturnType<typeof newClient>;
let socket: Socket | undefined;
let stored: string[];
/** Reads of the tags so far. */
let asked: number;
/** Answers to reads wait for this. */
let gate: Promise<void>;

beforeEach(async () => {
  [stored, socket, gate] = [['a'], undefined, Promise.resolve()];
  asked = 0;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (new URL(path).pathname === '/api/v1/tags') {
      return Response.json(toJson(TagNamesSchema, create(TagNamesSchema, { names: ['a', 'ab'] })));
    }
    if (init.method === 'PATCH') {
      const { add, remove } = JSON.parse(String(init.body));
      stored = [...stored, ...add].filter((tag) => !remove.includes(tag));
    }
    const now = create(TagsSchema, { conversationId: TALK, tags: stored });
    if (init.method === 'GET') {
      asked += 1;
      await gate;
    }
    return Response.json(toJson(TagsSchema, now));
  });
  server = await ChatServer.start();
  client = newClient(server.url);
  server.override = (chat, from, { ref, body }) => {
    socket = from;
    if (body.case !== 'workspace') return false;
    chat.send(from, { case: 'workspace', value: {} }, ref);
    return true;
  };
  client.openWorkspace();
  client.connection.start();
  await until(() => socket !== undefined && client.connection.state === 'open');
});

afterEach(async () => {
  client.stop();
  await server.stop();
  vi.unstubAllGlobals();
});

test('tags are read, changed, heard of, and proposed but for those that are there', async () => {
  const tags = new Tags(client, TALK);
  await until(() => tags.all.join() === 'a');
  await tags.change(['b'], ['a']);
  expect(tags.all).toEqual(['b']);
  const value = { conversationId: TALK, tags: ['b', 'c'] };
  if (socket) server.send(socket, { case: 'tags', value });
  await until(() => tags.all.join() === 'b,c');
  if (socket) server.send(socket, { case: 'tags', value: { ...value, conversationId: 8n } });
  expect(await tags.proposed('a')).toEqual(['a', 'ab']);
  await tags.change(['a'], []);
  expect(await tags.proposed('a')).toEqual(['ab']);
  tags.close();
});

test('an answer that was overtaken by what came since says nothing', async () => {
  let open = () => {};
  gate = new Promise((done) => (open = done));
  const tags = new Tags(client, TALK);
  // The first answer is made before this, and comes after it.
  await until(() => asked > 0);
  stored = ['newer'];
  const value = { conversationId: TALK, tags: stored };
  if (socket) server.send(socket, { case: 'tags', value });
  await until(() => tags.all.join() === 'newer');
  open();
  await new Promise((done) => setTimeout(done, 30));
  expect(tags.all).toEqual(['newer']);
  tags.close();
});
