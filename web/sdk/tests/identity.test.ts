import {
  memoryStore,
  ProblemError,
  Rest,
  soloTabs,
  subjectOf,
  systemRuntime,
  VisitorSession,
  type Store,
} from '@kefu/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tokenOf } from './support/tokens';

let store: Store;
let asked: string[];
/** Sessions that the server knows, with the conversations that they are of. */
let known: Map<string, string>;
/** What the page says. */
let identity: string;
let left: bigint[];
/** Tokens are not believed. */
let refuses: boolean;
/** What is asked for is answered after this. */
let reading: Promise<void>;

beforeEach(() => {
  store = memoryStore();
  asked = [];
  known = new Map();
  identity = '';
  left = [];
  refuses = false;
  reading = Promise.resolve();
  vi.stubGlobal('fetch', rest);
});

afterEach(() => vi.unstubAllGlobals());

/** The server: one conversation for each person of the business's, a new one for everybody else. */
async function rest(url: string, init: RequestInit): Promise<Response> {
  const path = url.replace(/.*\/api\/v1/, '');
  asked.push(`${init.method} ${path}`);
  const bearer = new Headers(init.headers).get('authorization')?.slice('Bearer '.length) ?? '';
  if (init.method === 'DELETE') {
    known.delete(bearer);
    return new Response(null, { status: 204 });
  }
  if (path === '/visitor/identity' || path === '/visitor/session') {
    const { token = '' } = JSON.parse(String(init.body)) as { token?: string };
    const subject = subjectOf(token);
    if (subject === 'refused' || (refuses && subject)) {
      return Response.json({ code: 'identity_expired', detail: 'late' }, { status: 401 });
    }
    const conversationId = subject ? String(100 + subject.length) : String(1 + known.size);
    const session = `session-${asked.length}`;
    known.set(session, conversationId);
    return Response.json({ token: session, principal: { conversationId } }, { status: 201 });
  }
  await reading;
  const id = known.get(bearer);
  if (!id || path !== `/conversations/${id}`) {
    return Response.json({ code: 'unauthenticated' }, { status: 401 });
  }
  return Response.json({ id });
}

function open() {
  const tabs = soloTabs(systemRuntime, 1_000, store);
  const session = new VisitorSession(
    tabs,
    () => identity,
    (id) => left.push(id),
  );
  const client = new Rest(() => session.token);
  return { session, enter: async () => (await session.enter(client, 'zh')).id };
}

test('a token says whom it names, and no token says nobody', () => {
  expect(subjectOf('')).toBe('');
  expect(subjectOf(tokenOf('kunde-7'))).toBe('kunde-7');
  expect(subjectOf(tokenOf('王'))).toBe(subjectOf(tokenOf('王', '2')));
  expect(subjectOf('nonsense')).toBe('nonsense');
});

test('somebody whom the business names has a session of their own, and uses no token twice', async () => {
  identity = tokenOf('kunde');
  const first = open();
  expect(await first.enter()).toBe(105n);
  identity = tokenOf('kunde', '2');
  // The next page: the session is known, so the token is not needed.
  expect(await open().enter()).toBe(105n);
  expect(asked.filter((each) => each.includes('identity'))).toHaveLength(1);
  expect(first.session.named).toBe('kunde');
});

test('the anonymous conversation stays apart, and is there again afterwards', async () => {
  const anonymous = await open().enter();
  identity = tokenOf('kunde');
  const { enter } = open();
  expect(await enter()).toBe(105n);
  identity = '';
  expect(await enter()).toBe(anonymous);
  expect(left).toEqual([105n]);
  await vi.waitFor(() => expect(known.size).toBe(1));
  expect(store.get('kefu.named')).toBeNull();
});

test('a page that names nobody does not go on as whoever was here', async () => {
  identity = tokenOf('kunde');
  await open().enter();
  identity = '';
  const { session, enter } = open();
  await enter();
  expect(session.named).toBe('');
  expect(left).toEqual([105n]);
});

test('of two people at one browser, the second sees nothing of the first', async () => {
  identity = tokenOf('kunde');
  const { enter } = open();
  await enter();
  identity = tokenOf('nachbar');
  expect(await enter()).toBe(107n);
  expect(left).toEqual([105n]);
  expect(JSON.parse(store.get('kefu.named') ?? '')).toMatchObject({ subject: 'nachbar' });
});

test('a token that is refused makes nobody of the visitor', async () => {
  identity = tokenOf('refused');
  const { session, enter } = open();
  const failed = await enter().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ProblemError);
  expect((failed as ProblemError).code).toBe('identity_expired');
  expect(session.token).toBe('');
  expect(known.size).toBe(0);
});

test('somebody who comes while another is being let in is who is there', async () => {
  identity = tokenOf('kunde');
  const { session, enter } = open();
  const late = enter().catch((error: unknown) => error);
  identity = '';
  const conversation = await enter();
  await late;
  expect(session.named).toBe('');
  expect(session.conversationId).toBe(conversation);
  expect(store.get('kefu.named')).toBeNull();
});

test('whose session the server has lost leaves nothing either', async () => {
  identity = tokenOf('kunde');
  await open().enter();
  known.clear();
  refuses = true;
  // The page is loaded again, with a token that was used.
  await expect(open().enter()).rejects.toThrow();
  expect(left).toEqual([]);
  identity = '';
  await open().enter();
  expect(left).toEqual([105n]);
  expect(store.get('kefu.named')).toBeNull();
});

test('an answer about somebody who has left does not end the session of who came back', async () => {
  const anonymous = await open().enter();
  identity = tokenOf('kunde');
  await open().enter();
  const { enter } = open();
  let answer = () => {};
  reading = new Promise((resolve) => (answer = resolve));
  const late = enter().catch((error: unknown) => error);
  await vi.waitFor(() => expect(asked.at(-1)).toBe('GET /conversations/105'));
  identity = '';
  const conversation = enter();
  await vi.waitFor(() => expect(asked).toContain('DELETE /visitor/session'));
  answer();
  expect(await late).toMatchObject({ code: 'aborted' });
  expect(await conversation).toBe(anonymous);
  expect(asked.filter((each) => each === 'POST /visitor/session')).toHaveLength(1);
});
