// @vitest-environment happy-dom
import { create, type Init } from '@kefu/sdk/codec';
import { expect, test } from 'vitest';
import {
  BoardAgentSchema,
  BoardDaySchema,
  BoardHourSchema,
  BoardSchema,
  SlaAlertSchema,
  type BoardAgent,
  type BoardHour,
} from '@kefu/sdk/proto/board';
import { AgentStatus, ConversationSchema, Role, SlaState } from '@kefu/sdk/proto/message';
import { ProblemError, type Rest } from '@kefu/sdk';
import { BoardApi } from '../src/agent/board/api';
import { BoardState } from '../src/agent/board/board.svelte';
import {
  byHour,
  figures,
  presenceOf,
  promise,
  shares,
  shown,
  span,
} from '../src/agent/board/figures';
import { Promises } from '../src/agent/state/promises.svelte';
import { boardEn } from '../src/lib/i18n/board.en';
import { boardZh } from '../src/lib/i18n/board.zh';

const agent = (agentId: bigint, more: Init<BoardAgent> = {}) =>
  create(BoardAgentSchema, { agentId, role: Role.AGENT, name: `a${agentId}`, ...more });
const hour = (more: Init<BoardHour>) => create(BoardHourSchema, more);
const value = (id: string, all: ReturnType<typeof figures>) =>
  all.find((each) => each.id === id)?.value;

test('times are read by their size', () => {
  expect([0, 59, 60, 3_599, 3_600, 3_729].map(span)).toEqual([
    '0:00',
    '0:59',
    '1:00',
    '59:59',
    '1:00:00',
    '1:02:09',
  ]);
  expect(span(-5)).toBe('0:00');
});

test('a mean of nothing is no number, and a share is never rounded up', () => {
  const none = figures(create(BoardDaySchema, {}), boardZh);
  for (const id of ['waits', 'firstReply', 'handling', 'sla', 'rating']) {
    expect(value(id, none)).toBe(boardZh.figures.none);
  }
  const some = figures(
    create(BoardDaySchema, {
      assigned: 2,
      waitP50S: 5,
      waitP90S: 61,
      waitMaxS: 61,
      replied: 1,
      firstReplyMeanMs: 12_000n,
      slaKept: 199,
      slaBroken: 1,
      rated: 3,
      scoreSum: 14,
      offered: 4,
      missed: 1,
    }),
    boardEn,
  );
  expect(value('waits', some)).toBe('0:05 / 1:01 / 1:01');
  expect(value('firstReply', some)).toBe('0:12');
  expect(value('sla', some)).toBe('99 %');
  expect(value('rating', some)).toBe('4.7');
  expect(value('missed', some)).toBe('1 of 4');
  expect(figures(undefined, boardEn)).toEqual([]);
});

test('who works is listed: the present before the gone, the fullest first', () => {
  const board = create(BoardSchema, {
    agents: [
      agent(1n),
      agent(2n, { online: true, load: 1 }),
      agent(3n, { online: true, load: 4 }),
      agent(4n, { role: Role.ADMIN }),
      agent(5n, { role: Role.SUPERVISOR, online: true }),
    ],
  });
  expect(shown(board).map((each) => Number(each.agentId))).toEqual([3, 2, 5, 1]);
});

test('who is offline is so, whatever they chose', () => {
  expect(presenceOf(agent(1n, { status: AgentStatus.FREE }))).toBe('offline');
  expect(presenceOf(agent(1n, { status: AgentStatus.AWAY, online: true }))).toBe('away');
  const times = shares(agent(1n, { freeMs: 5n, awayMs: 7n })).map(({ ms }) => ms);
  expect(times).toEqual([5, 0, 0, 7]);
});

test('hours without anything stand between those with something', () => {
  const hours = [hour({ hour: 9, queued: 2 }), hour({ hour: 12, queued: 1 })];
  const rows = byHour(hours, (each) => each.queued);
  expect(rows.map((each) => [each.hour, each.value])).toEqual([
    [9, 2],
    [10, 0],
    [11, 0],
    [12, 1],
  ]);
  expect(byHour([], (each) => each.queued)).toEqual([]);
});

test('a promise breaks on the screen when its time is over, word or no word', () => {
  const promised = { slaState: SlaState.RUNNING, slaDueAtMs: 1_000n };
  expect(promise(promised, 999)).toBeUndefined();
  expect(promise({ ...promised, slaState: SlaState.WARNED }, 999)).toBe('warned');
  expect(promise(promised, 1_001)).toBe('broken');
  expect(promise({ slaState: SlaState.UNSPECIFIED, slaDueAtMs: 0n }, 5)).toBeUndefined();
});

test('the board shows the newest, and what cannot be read leaves it', async () => {
  const answers = [create(BoardSchema, { atMs: 10n }), new ProblemError('unavailable', 'not now')];
  const read = () => {
    const answer = answers.shift();
    return answer instanceof ProblemError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const state = new BoardState({ read } as unknown as Rest);
  await state.load();
  state.take(create(BoardSchema, { atMs: 9n }));
  expect(state.now?.atMs).toBe(10n);
  state.take(create(BoardSchema, { atMs: 12n, waiting: 3 }));
  await state.load();
  expect(state.now?.waiting).toBe(3);
});

test('somebody is logged out by their id', async () => {
  const asked: unknown[] = [];
  const read = (_: unknown, ...how: unknown[]) => Promise.resolve(asked.push(how));
  await new BoardApi({ read } as unknown as Rest).logOut(9007199254740993n);
  expect(asked).toEqual([['POST', '/users/9007199254740993/logout']]);
});

test('promises wait to be looked at, the broken first, until they are kept', () => {
  const promises = new Promises();
  const alert = (conversationId: bigint, state: SlaState, dueAtMs: bigint) =>
    create(SlaAlertSchema, { conversationId, state, dueAtMs });
  const ids = () => promises.list.map((each) => Number(each.conversationId));
  promises.take(alert(1n, SlaState.WARNED, 50n));
  promises.take(alert(2n, SlaState.BROKEN, 90n));
  promises.take(alert(3n, SlaState.WARNED, 40n));
  promises.take(alert(1n, SlaState.BROKEN, 50n));
  expect(ids()).toEqual([1, 2, 3]);
  const head = (id: bigint, slaState: SlaState, slaDueAtMs: bigint) =>
    create(ConversationSchema, { id, slaState, slaDueAtMs });
  promises.follow(head(1n, SlaState.BROKEN, 50n));
  promises.follow(head(2n, SlaState.RUNNING, 900n));
  expect(ids()).toEqual([1, 3]);
  promises.dismiss(3n);
  expect(ids()).toEqual([1]);
});

test('the words are the same in both languages', () => {
  const keys = (words: object): unknown[] =>
    Object.entries(words).map(([key, value]) =>
      value !== null && typeof value === 'object' ? [key, keys(value)] : key,
    );
  expect(keys(boardEn)).toEqual(keys(boardZh));
});
