import { create, toJson, type Init } from '@kefu/sdk/codec';
import { MentionsSchema, NotePageSchema, NoteSchema, type Note } from '@kefu/sdk/proto/note';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket as Socket } from 'ws';
import { Mentions } from '../src/agent/notes/mentions.svelte';
import { Notes } from '../src/agent/notes/notes.svelte';
import { newClient, until as soon } from '../sdk/tests/support/client';
import { ChatServer } from '../sdk/tests/support/server';

const until = (check: () => boolean) => soon(check, 'what the test waits for');

const ME = 5n;
const TALK = 7n;

let server: ChatServer;
let client: ReturnType<typeof newClient>;
let socket: Socket | undefined;
/** What the server keeps of the talk, and what of it mentions this agent unread. */
let stored: Note[];
let unread: Note[];
/** What was asked over HTTP: method and path, and with which body. */
let asked: [string, unknown][];
let refuses: boolean;

const note = (number: number, more: Init<Note> = {}) =>
  create(NoteSchema, {
    id: BigInt(100 + number),
    number: BigInt(number),
    conversationId: TALK,
    authorId: 9n,
    clientId: `n${number}`,
    ...more,
  });
const forMe = { body: { text: '@me', mentionedIds: [ME] } };

function answer(path: string, method: string, body: string): Response {
  if (refuses) return Response.json({ code: 'unavailable' }, { status: 503 });
  const { pathname, searchParams } = new URL(path);
  if (pathname.endsWith('/notes') && method === 'POST') {
    const { clientId, text } = JSON.parse(body);
    const made = note(stored.length + 1, { clientId, authorId: ME, body: { text } });
    stored.push(made);
    return Response.json(toJson(NoteSchema, made), { status: 201 });
  }
  if (pathname.endsWith('/notes')) {
    const after = BigInt(searchParams.get('after') ?? 0);
    const limit = Number(searchParams.get('limit'));
    const notes = stored.filter(({ number }) => number > after).slice(0, limit);
    return Response.json(toJson(NotePageSchema, create(NotePageSchema, { notes })));
  }
  if (pathname.endsWith('/mentions') && method === 'PUT')
    return new Response(null, { status: 204 });
  return Response.json(toJson(MentionsSchema, create(MentionsSchema, { notes: unread })));
}

beforeEach(async () => {
  [stored, unread, asked, refuses, socket] = [[], [], [], false, undefined];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const body = init.body && JSON.parse(String(init.body));
    asked.push([`${init.method} ${new URL(path).pathname}`, body]);
    return answer(path, init.method ?? 'GET', String(init.body));
  });
  server = await ChatServer.start();
  client = newClient(server.url);
  server.override = (chat, from, { ref, body }) => {
    socket = from;
    if (body.case !== 'workspace') return false;
    chat.send(from, { case: 'workspace', value: {} }, ref);
    return true;
  };
});

afterEach(async () => {
  client.stop();
  await server.stop();
  vi.unstubAllGlobals();
});

const begin = async () => {
  client.openWorkspace();
  client.connection.start();
  await until(() => socket !== undefined && client.connection.state === 'open');
};
type Frame = Parameters<ChatServer['send']>[1];
const send = (frame: Frame) => socket && server.send(socket, frame);
const told = (value: Note) => send({ case: 'note', value });
const numbers = (notes: Notes) => notes.all.map(({ number }) => Number(number));

test('a mention counts from the moment it comes until it was seen with any device', async () => {
  const announced: bigint[] = [];
  unread = [note(1, forMe)];
  const mentions = new Mentions(client, ME, ({ id }) => announced.push(id));
  await begin();
  await until(() => mentions.of(TALK) === 1);
  expect(announced, 'what is old is not announced').toEqual([]);
  told(note(2, forMe));
  told(note(2, forMe));
  told(note(3, { body: { text: '@other', mentionedIds: [6n] } }));
  told(note(4, { ...forMe, conversationId: 8n }));
  await until(() => mentions.of(8n) === 1);
  expect(mentions.all.map(({ id }) => id)).toEqual([104n, 102n, 101n]);
  expect(announced).toEqual([102n, 104n]);
  const read = { conversationId: TALK, agentId: ME, number: 1n };
  send({ case: 'mentionsRead', value: read });
  await until(() => mentions.of(TALK) === 1);
  send({ case: 'mentionsRead', value: { ...read, agentId: 6n, number: 9n } });
  await mentions.seen(TALK, 9n);
  expect(mentions.all.map(({ id }) => id)).toEqual([104n]);
  expect(asked.at(-1)).toEqual([`PUT /api/v1/conversations/${TALK}/mentions`, { number: '9' }]);
  const before = asked.length;
  await mentions.seen(TALK, 9n);
  expect(asked.length, 'nothing is said twice').toBe(before);
});

test('notes are read when a talk opens, and what lies between two that came', async () => {
  stored = Array.from({ length: 150 }, (_, at) => note(at + 1));
  await begin();
  const notes = new Notes(client, TALK);
  await until(() => notes.all.length === 150);
  stored.push(note(151), note(152), note(153));
  told(note(153));
  await until(() => notes.all.length === 153);
  expect(numbers(notes)).toEqual(Array.from({ length: 153 }, (_, at) => at + 1));
  const viewers = [{ id: 6n, name: '王' }];
  send({ case: 'viewers', value: { conversationId: 8n, viewers: [] } });
  send({ case: 'viewers', value: { conversationId: TALK, viewers } });
  await until(() => notes.viewers.length === 1);
  notes.close();
});

test('a note that was refused stays with its words, and goes on its way again', async () => {
  await begin();
  const notes = new Notes(client, TALK);
  refuses = true;
  notes.write('keep me', true);
  await until(() => notes.pending[0]?.problem === 'unavailable');
  const [kept] = notes.pending;
  refuses = false;
  notes.retry(kept?.clientId ?? '');
  await until(() => notes.all.length === 1);
  expect(notes.pending).toEqual([]);
  const posts = asked.filter(([what]) => what.startsWith('POST'));
  expect(posts.length).toBe(2);
  expect(posts[0], 'the same id and words').toEqual(posts[1]);
  expect(posts[0]?.[1]).toEqual({ clientId: kept?.clientId, text: 'keep me', whisper: true });
  notes.close();
});
