// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { GroupStrategy, type Group } from '@kefu/sdk/proto/group';
import { AgentStatus, type Agent } from '@kefu/sdk/proto/message';
import { ProblemError, type Rest } from '@kefu/sdk';
import { GroupsApi } from '../src/agent/groups/api';
import { fieldsOf, formOf, KEY, levelled } from '../src/agent/groups/form';
import { choiceOf, choices, statusLabel } from '../src/agent/state/status';
import { presence } from '../src/agent/state/presence';
import { Groups } from '../src/agent/state/groups.svelte';
import type { Workspace } from '../src/agent/state/workspace.svelte';

const SALES: Group = {
  id: 9007199254740993n,
  key: 'sales',
  name: '售前',
  strategy: GroupStrategy.SKILL_LEVEL,
  overflowGroupId: 0n,
  overflowAfterS: 30,
  capacity: 12,
  manualAccept: true,
  members: [{ agentId: 7n, level: 3 }],
  disabled: false,
  version: 4n,
  calendar: 'night',
  firstReplyS: 45,
  resolutionMinutes: undefined,
};

/** A server that remembers what it was asked and answers with a group. */
function server() {
  const asked: { method: string; path: string; body: unknown }[] = [];
  const read = (_: unknown, method: string, path: string, body?: unknown) => {
    asked.push({ method, path, body });
    return Promise.resolve(SALES);
  };
  return { asked, rest: { read } as unknown as Rest };
}

test('a form that nobody touched asks for the group as it is', () => {
  const { id: _id, version: _version, ...fields } = SALES;
  expect(fieldsOf(formOf(SALES), SALES)).toEqual(fields);
});

test('nobody helps where no group is chosen, whatever the wait says', () => {
  const form = { ...formOf(SALES), overflow: '' };
  const fields = fieldsOf(form, SALES);
  expect([fields.overflowGroupId, fields.overflowAfterS]).toEqual([undefined, 0]);
});

test('numbers that are none are 0', () => {
  const form = { ...formOf(undefined), capacity: Number.NaN };
  expect(fieldsOf(form, undefined).capacity).toBe(0);
  expect(fieldsOf({ ...form, capacity: -3.2 }, undefined).capacity).toBe(0);
});

test('what is left empty is promised as everywhere, and 0 is no promise', async () => {
  const form = { ...formOf(SALES), firstReplyS: null, resolutionMinutes: 0 };
  const fields = fieldsOf(form, SALES);
  expect([fields.firstReplyS, fields.resolutionMinutes]).toEqual([undefined, 0]);
  const { asked, rest } = server();
  await new GroupsApi(rest).update(SALES, fields);
  expect(asked[0]?.body).toMatchObject({ resolutionMinutes: 0 });
  expect(asked[0]?.body).not.toHaveProperty('firstReplyS');
});

test('a member comes at the best level and goes again', () => {
  const with8 = levelled({ '7': 3 }, '8');
  expect(with8).toEqual({ '7': 3, '8': 1 });
  expect(levelled(with8, '7')).toEqual({ '8': 1 });
});

test('keys are what intent files can name', () => {
  expect(['sales', 'a-1_b', 'x'.repeat(64)].every((key) => KEY.test(key))).toBe(true);
  expect(['', 'Sales', '售前', 'a b', 'x'.repeat(65)].some((key) => KEY.test(key))).toBe(false);
});

test('a change names the version that was read, and ids stay whole', async () => {
  const { asked, rest } = server();
  await new GroupsApi(rest).update(SALES, fieldsOf(formOf(SALES), SALES));
  expect(asked[0]?.path).toBe('/groups/9007199254740993');
  expect(asked[0]?.body).toMatchObject({
    version: '4',
    strategy: 'GROUP_STRATEGY_SKILL_LEVEL',
    overflowGroupId: '0',
    members: [{ agentId: '7', level: 3 }],
  });
});

test('answers to offers and transfers are actions', async () => {
  const { asked, rest } = server();
  const api = new GroupsApi(rest);
  await api.answer(5n, true);
  await api.answer(5n, false);
  await api.transfer(5n, 0n);
  expect(asked.map(({ body }) => body)).toEqual([
    { action: 'ACTION_ACCEPT' },
    { action: 'ACTION_DECLINE' },
    { action: 'ACTION_TRANSFER', groupId: '0' },
  ]);
});

function workspaceOf(self: Partial<Agent>, reasons: string[]): Workspace {
  return { self, groups: { reasons } } as unknown as Workspace;
}

test('away can be said with each of the reasons, and what is so is listed even if it is none', () => {
  const free = workspaceOf({ status: AgentStatus.FREE, awayReason: '' }, ['用餐']);
  expect(choices(free).map(({ id }) => id)).toEqual([
    'free',
    'busy',
    'wrap_up',
    'away',
    'away:用餐',
  ]);
  expect(choiceOf(free.self)).toBe('free');
  const missed = workspaceOf({ status: AgentStatus.AWAY, awayReason: 'missed_offers' }, []);
  expect(choices(missed).at(-1)?.id).toBe('away:missed_offers');
  expect(choiceOf(missed.self)).toBe('away:missed_offers');
  expect(statusLabel(AgentStatus.AWAY, 'missed_offers')).not.toContain('missed_offers');
});

test('who tidies up is there and looks so', () => {
  const agent = { online: true, status: AgentStatus.WRAP_UP } as Agent;
  expect(presence(agent)).toBe('wrap_up');
  expect(statusLabel(AgentStatus.WRAP_UP, '')).not.toBe('');
});

test('the default group has a name even if nobody gave it one', () => {
  const groups = new Groups({
    read: () => Promise.reject(new ProblemError('offline', '')),
  } as unknown as Rest);
  groups.put({ ...SALES, id: 0n, name: '' });
  expect(groups.name(0n)).not.toBe('');
  expect(groups.name(1n)).toBe('');
  groups.put(SALES);
  groups.put({ ...SALES, name: '售后', disabled: true });
  expect(groups.name(SALES.id)).toBe('售后');
  expect(groups.open.map(({ id }) => id)).toEqual([0n]);
});
