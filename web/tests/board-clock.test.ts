// @vitest-environment happy-dom
import { create, type Init } from '@kefu/sdk/codec';
import { BoardSchema, type Board as BoardMessage } from '@kefu/sdk/proto/board';
import type { Rest } from '@kefu/sdk';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import Board from '../src/agent/board/Board.svelte';
import { BoardState } from '../src/agent/board/board.svelte';
import { elapsed } from '../src/agent/board/figures';
import { ServerClock } from '../src/agent/board/server-clock.svelte';
import type { Workspace } from '../src/agent/state/workspace.svelte';

const MINUTE = 60_000;
/** What the device says when the test begins. */
const DEVICE = 1_795_315_200_000;

beforeEach(() => {
  vi.useFakeTimers({ now: DEVICE });
});
afterEach(() => {
  vi.useRealTimers();
});

test('the word that came fastest says what time it is', () => {
  const clock = new ServerClock();
  clock.take(DEVICE + 10 * MINUTE - 900, DEVICE);
  clock.take(DEVICE + 10 * MINUTE - 40, DEVICE);
  clock.take(DEVICE + 10 * MINUTE - 2_000, DEVICE);
  expect(clock.at(DEVICE)).toBe(DEVICE + 10 * MINUTE - 40);
});

test('a clock that was set is believed at once, whichever way', () => {
  const clock = new ServerClock();
  for (const ahead of [0, 3 * MINUTE, -7 * MINUTE]) {
    clock.take(DEVICE + ahead, DEVICE);
    expect(clock.ahead).toBe(ahead);
  }
});

test('what is long ago does not hold for ever', () => {
  const clock = new ServerClock();
  clock.take(DEVICE + 100, DEVICE);
  for (let n = 0; n < 8; n += 1) clock.take(DEVICE - 50, DEVICE);
  expect(clock.ahead).toBe(-50);
});

test('a wait is counted in whole seconds, and one that never began is none', () => {
  expect(elapsed(1_000n, 2_999)).toBe('0:01');
  expect(elapsed(1_000n, 62_000)).toBe('1:01');
  expect(elapsed(5_000n, 1_000)).toBe('0:00');
  expect(elapsed(0n, 5_000)).toBeUndefined();
});

/** A page of the board before a server whose clock is `ahead` of this device's. */
async function shows(ahead: number, sent: Init<BoardMessage>) {
  const board = create(BoardSchema, { atMs: BigInt(Date.now() + ahead), ...sent });
  const state = new BoardState({ read: () => Promise.resolve(board) } as unknown as Rest);
  const target = document.createElement('div');
  const workspace = { board: state } as unknown as Workspace;
  const page = mount(Board, { target, props: { workspace } });
  await vi.advanceTimersByTimeAsync(0);
  const words = (id: string) => {
    flushSync();
    const found = [...target.querySelectorAll(`[data-testid="${id}"]`)];
    return found.map((each) => each.textContent?.replace(/\s+/g, ' ').trim() ?? '');
  };
  return { state, words, leave: () => unmount(page) };
}

test('waits go on by the second between two words of the server, by its clock', async () => {
  const ahead = 10 * MINUTE;
  const since = (ms: number) => BigInt(Date.now() + ahead - ms);
  const { words, state, leave } = await shows(ahead, {
    waiting: 3,
    longestSinceMs: since(58_000),
    groups: [
      { groupId: 1n, name: 'a', waiting: 2, longestSinceMs: since(58_000) },
      { groupId: 2n, name: 'b', waiting: 1, longestSinceMs: since(5_000) },
      { groupId: 3n, name: 'c' },
    ],
  });
  const ends = (id: string, all: string[]) => {
    const shown = words(id).map((text) => text.split(' ').slice(1).join(' '));
    expect(shown.slice(0, all.length)).toEqual(all);
  };
  ends('board-longest', ['0:58']);
  ends('board-group-longest', ['0:58', '0:05']);
  await vi.advanceTimersByTimeAsync(3_000);
  ends('board-longest', ['1:01']);
  ends('board-group-longest', ['1:01', '0:08']);
  // The next word: the one who waited longest has gone.
  state.take(
    create(BoardSchema, {
      atMs: BigInt(Date.now() + ahead),
      waiting: 1,
      longestSinceMs: since(9_000),
      groups: [{ groupId: 2n, name: 'b', waiting: 1, longestSinceMs: since(9_000) }],
    }),
  );
  ends('board-group-longest', ['0:09']);
  await leave();
});

test('what is overdue is said in all and of each group, and nothing where nothing is', async () => {
  const { words, leave } = await shows(0, {
    overdue: 3,
    replyOverdue: 2,
    resolutionOverdue: 2,
    groups: [
      { groupId: 1n, name: 'a', overdue: 3, replyOverdue: 2, resolutionOverdue: 2 },
      { groupId: 2n, name: 'b' },
    ],
  });
  expect(words('board-overdue')[0]).toContain('3');
  expect(words('board-overdue-of')[0]).toMatch(/2.*2/);
  expect(words('board-group-overdue').length).toBe(1);
  await leave();
  const calm = await shows(0, {});
  expect(calm.words('board-overdue-of')).toEqual([]);
  await calm.leave();
});
