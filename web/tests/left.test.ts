// @vitest-environment happy-dom
import { create, toJson, type Init } from '@kefu/sdk/codec';
import { ProblemError, type ChatClient, type Rest } from '@kefu/sdk';
import {
  LeftMessageSchema,
  LeftMessagesSchema,
  LeftState,
  MoveLeftRequest_Action as Action,
  type LeftMessage,
} from '@kefu/sdk/proto/left';
import { expect, test } from 'vitest';
import { LeftDesk } from '../src/agent/left/left.svelte';
import { leftEn } from '../src/lib/i18n/left.en';
import { leftZh } from '../src/lib/i18n/left.zh';
import { isEmail, isPhone, Leaving } from '../src/visitor/left.svelte';

type Ask = { method: string; path: string; body: Record<string, unknown> };

/** A server that answers as the test says and remembers what it was asked. */
function rest(answer: (ask: Ask) => unknown) {
  const asked: Ask[] = [];
  const read = async (_: unknown, method: string, path: string, body: unknown) => {
    const ask = { method, path, body: (body ?? {}) as Record<string, unknown> };
    asked.push(ask);
    return answer(ask);
  };
  return { asked, rest: { read } as unknown as Rest };
}

const message = (id: bigint, more: Init<LeftMessage> = {}) =>
  create(LeftMessageSchema, {
    id,
    conversationId: 7n,
    state: LeftState.OPEN,
    version: 1n,
    text: `text ${id}`,
    ...more,
  });

/** A client that hears frames and connects when the test says so. */
function client(rest: Rest) {
  const heard: Record<string, (value: unknown) => void> = {};
  const on = (name: string, listener: (value: never) => void) => {
    heard[name] = listener as (value: unknown) => void;
  };
  const fake = { rest, on, connection: { on } } as unknown as ChatClient;
  return {
    fake,
    connects: () => heard.workspace?.({}),
    hears: (value: LeftMessage) => heard.frame?.({ case: 'left', value }),
  };
}

const soon = () => new Promise((done) => setTimeout(done, 0));
const ids = (list: LeftMessage[]) => list.map(({ id }) => id);

test('numbers and addresses are held as the core holds them', () => {
  expect(['13800138000', '+86 (10) 8888-6666', '95588'].every(isPhone)).toBe(true);
  expect(['1234', 'call me', '+', '1'.repeat(21)].some(isPhone)).toBe(false);
  expect(['li@example.com', '李.雷@例子.公司'].every(isEmail)).toBe(true);
  expect(['li', '@a.b', 'li@', 'li@host', 'li@.com', 'a b@c.d', 'a@b@c.d'].some(isEmail)).toBe(
    false,
  );
});

test('a message goes under one id until it has arrived, and another text is another message', async () => {
  let fails = true;
  const { asked, rest: server } = rest(() => {
    if (fails) throw new ProblemError('offline', 'no line');
    return message(1n);
  });
  const leaving = new Leaving(server);
  expect(await leaving.send(), 'nothing was written').toBe(false);
  leaving.text = ' 能送货吗 ';
  expect(await leaving.send()).toBe(false);
  expect(leaving.problem).toBe('offline');
  expect(await leaving.send()).toBe(false);
  leaving.text = '周末能送货吗';
  fails = false;
  expect(await leaving.send()).toBe(true);
  const [first, second, third] = asked.map(({ body }) => body);
  expect(first?.text).toBe('能送货吗');
  expect(second?.clientId).toBe(first?.clientId);
  expect(third?.clientId).not.toBe(first?.clientId);
  expect([leaving.text, leaving.problem]).toEqual(['', '']);
});

test('what cannot be is not sent', async () => {
  const { asked, rest: server } = rest(() => message(1n));
  const leaving = new Leaving(server);
  leaving.text = 'hello';
  leaving.email = 'nobody';
  expect(await leaving.send()).toBe(false);
  expect(leaving.wrong).toEqual({ text: false, phone: false, email: true });
  expect(asked).toEqual([]);
});

test('lists are live: the newest version wins and the words stay', async () => {
  const page = [message(2n), message(1n, { groupId: 9n })];
  const { rest: server } = rest(({ path }) => ({
    messages: path.includes('state=open') ? page : [],
  }));
  const { fake, connects, hears } = client(server);
  const desk = new LeftDesk(fake);
  connects();
  await soon();
  await soon();
  expect(ids(desk.list('open')), 'longest first').toEqual([1n, 2n]);
  hears(message(3n));
  expect(desk.open).toBe(3);
  hears(message(1n, { state: LeftState.TAKEN, version: 2n, text: '', agentId: 5n }));
  expect(desk.list('taken').map(({ text }) => text)).toEqual(['text 1']);
  hears(message(1n, { version: 1n }));
  expect(ids(desk.list('open'))).toEqual([2n, 3n]);
  hears(message(2n, { state: LeftState.ANSWERED, version: 3n }));
  hears(message(3n, { state: LeftState.ANSWERED, version: 3n }));
  expect(ids(desk.list('answered')), 'newest first').toEqual([3n, 2n]);
  desk.group = 9n;
  expect(ids(desk.list('taken'))).toEqual([]);
});

test('a refused claim names its version and reads the lists again', async () => {
  const { asked, rest: server } = rest(({ method }) => {
    if (method === 'POST') throw new ProblemError('conflict', 'too late');
    return { messages: [] };
  });
  const desk = new LeftDesk(client(server).fake);
  const stale = message(1n, { version: 4n });
  desk.put(stale);
  await expect(desk.move(stale, Action.CLAIM)).rejects.toThrow('too late');
  expect(asked[0]).toEqual({
    method: 'POST',
    path: '/left-messages/1/actions',
    body: { version: '4', action: 'ACTION_CLAIM' },
  });
  expect(desk.open, 'it is not there any more').toBe(0);
});

test('a page is read once, and the next one goes on behind it', async () => {
  const full = Array.from({ length: 50 }, (_, n) => message(BigInt(n + 1)));
  const { asked, rest: server } = rest(({ path }) => ({
    messages: path.includes('after=50') ? [message(51n)] : full,
  }));
  const desk = new LeftDesk(client(server).fake);
  await desk.more('open');
  expect(desk.mayHaveMore('open')).toBe(true);
  await desk.more('open');
  expect(desk.mayHaveMore('open')).toBe(false);
  await desk.more('open');
  expect(asked.length).toBe(2);
  expect(desk.list('open').length).toBe(51);
});

test('what is on the wire is what is read', () => {
  const json = toJson(LeftMessagesSchema, create(LeftMessagesSchema, { messages: [message(1n)] }));
  expect(JSON.stringify(json)).toContain('LEFT_STATE_OPEN');
  expect(Object.keys(leftEn)).toEqual(Object.keys(leftZh));
});
