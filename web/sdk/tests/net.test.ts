import { DEFAULT_LIMITS, type Transport } from '@kefu/sdk';
import { expect, test } from 'vitest';
import { Heartbeat } from '../src/net/heartbeat';
import { Ladder } from '../src/net/ladder';
import { Browser } from './sim/browser';
import { Clock } from './sim/clock';
import { NO_NETWORK_FAULTS, SimNetwork } from './sim/network';
import { SimServer } from './sim/server';
import { Dice } from './support/seeds';

const transport = (name: string, available = true): Transport => ({
  name,
  available: () => available,
  open: () => {
    throw new Error('nobody asked');
  },
});
const [best, second, last] = ['best', 'second', 'last'].map((name) => transport(name));

test('a transport that fails twice gives way, one that cannot work at once, and it goes round', () => {
  const ladder = new Ladder([best!, second!, last!], DEFAULT_LIMITS);
  expect(ladder.failed(false)).toBe(false);
  expect(ladder.current).toBe(best);
  expect(ladder.failed(false)).toBe(true);
  expect(ladder.current).toBe(second);
  expect(ladder.failed(true)).toBe(true);
  expect(ladder.current).toBe(last);
  ladder.failed(true);
  expect(ladder.current).toBe(best);
});

test('one that has worked before is given more time: the server is away, not the way', () => {
  const ladder = new Ladder([best!, second!], DEFAULT_LIMITS);
  ladder.good();
  for (let failure = 1; failure < 6; failure += 1) expect(ladder.failed(false)).toBe(false);
  expect(ladder.failed(false)).toBe(true);
});

test('what is not available here is no rung, and where nothing is, that is said', () => {
  const ladder = new Ladder([transport('none', false), second!], DEFAULT_LIMITS);
  expect(ladder.current).toBe(second);
  expect(ladder.better).toBeUndefined();
  expect(() => new Ladder([transport('none', false)], DEFAULT_LIMITS)).toThrow(/available/);
});

test('the better one is tried ever more rarely, until it has been good again', () => {
  const ladder = new Ladder([best!, second!], {
    ...DEFAULT_LIMITS,
    upgradeBaseMs: 10,
    upgradeMaxMs: 35,
  });
  ladder.failed(true);
  const waits = [1, 2, 3].map(() => {
    const waitMs = ladder.upgradeAfterMs;
    ladder.tried(best!, false);
    return waitMs;
  });
  expect(waits).toEqual([10, 20, 35]);
  ladder.tried(best!, true);
  expect(ladder.current).toBe(best);
  ladder.good();
  expect(ladder.upgradeAfterMs).toBe(10);
});

/** A network that forgets what was quiet for `forgetsMs`; returns the interval after each beat. */
function beats(heartbeat: Heartbeat, count: number, forgetsMs = Infinity): number[] {
  return Array.from({ length: count }, () => {
    if (heartbeat.everyMs > forgetsMs) heartbeat.diedQuietly();
    else heartbeat.answered(heartbeat.silentS);
    return heartbeat.everyMs;
  });
}

test('the heartbeat begins with the server’s and grows to the longest that it grants', () => {
  const heartbeat = new Heartbeat({ ...DEFAULT_LIMITS, heartbeatShare: 0.5 });
  heartbeat.welcomed(60, 300);
  expect(heartbeat.everyMs).toBe(30_000);
  const grown = beats(heartbeat, 40);
  expect(grown.at(-1)).toBe(150_000);
  expect(grown).toEqual([...grown].sort((one, other) => one - other));
  // Whoever is granted less than was asked asks for no more.
  heartbeat.answered(100);
  expect(heartbeat.everyMs).toBe(50_000);
  // A server that wants it faster than our least gets what it wants.
  heartbeat.welcomed(10, 10);
  expect(heartbeat.everyMs).toBe(5_000);
});

test('every interval keeps to the silence that the ping before it asked for', () => {
  const heartbeat = new Heartbeat(DEFAULT_LIMITS);
  heartbeat.welcomed(25, 300);
  for (let beat = 0; beat < 200; beat += 1) {
    const { silentS } = heartbeat;
    if (beat % 31 === 30) heartbeat.diedQuietly();
    else heartbeat.answered(silentS);
    expect(heartbeat.everyMs).toBeLessThanOrEqual(silentS * 1000 * DEFAULT_LIMITS.heartbeatShare);
    expect(heartbeat.everyMs).toBeLessThanOrEqual(300_000 * DEFAULT_LIMITS.heartbeatShare);
  }
});

test('where quiet connections are forgotten it dies seldom, and finds out when that is over', () => {
  const heartbeat = new Heartbeat(DEFAULT_LIMITS);
  heartbeat.welcomed(25, 300);
  const everyMs = beats(heartbeat, 400, 60_000);
  const deaths = everyMs.filter((ms, at) => at > 0 && ms < everyMs[at - 1]!).length;
  expect(deaths).toBeGreaterThan(1);
  expect(deaths).toBeLessThan(12);
  for (let death = 0; death < 9; death += 1) heartbeat.diedQuietly();
  expect(heartbeat.everyMs).toBe(25_000 * DEFAULT_LIMITS.heartbeatShare);
  expect(beats(heartbeat, 200).at(-1)).toBe(300_000 * DEFAULT_LIMITS.heartbeatShare);
});

function world(transports = ['websocket']) {
  const clock = new Clock();
  const dice = new Dice(1);
  const server = new SimServer(dice);
  const network = new SimNetwork(clock, server, dice);
  const browser = new Browser(clock, network, dice, 'locks', transports);
  return { clock, server, network, browser };
}

test('a quiet line is pinged no more often than needed, and one that is used not at all', async () => {
  const { clock, server, browser } = world();
  const tab = browser.open();
  const minutes = (count: number) => clock.runUntil(clock.nowMs + count * 60_000);
  await minutes(10);
  // Every 21 s: seven tenths of the thirty that the server bears.
  expect(server.received.get('ping')).toBeGreaterThanOrEqual(26);
  expect(server.received.get('ping')).toBeLessThanOrEqual(29);
  const before = server.received.get('ping');
  for (let index = 0; index < 60; index += 1) {
    tab.room.send(`${index}`);
    await clock.runUntil(clock.nowMs + 10_000);
  }
  expect(server.received.get('ping')).toBe(before);
});

test('a quiet line is pinged ever more seldom where the server and the network bear it', async () => {
  const { clock, server, browser } = world();
  server.heartbeatMaxS = 300;
  browser.open();
  await clock.runUntil(clock.nowMs + 60 * 60_000);
  const before = server.received.get('ping') ?? 0;
  await clock.runUntil(clock.nowMs + 60 * 60_000);
  // Every 210 s.
  expect((server.received.get('ping') ?? 0) - before).toBeLessThanOrEqual(18);
});

test('a line that died without a word is found out by a ping, and replaced', async () => {
  const { clock, network, server, browser } = world();
  const tab = browser.open();
  await clock.runUntil(clock.nowMs + 1_000);
  network.silence();
  server.say('nobody hears this at once');
  await clock.runUntil(clock.nowMs + 60_000);
  expect(tab.seen).toEqual([1]);
  expect(tab.client.dump().counts).toMatchObject({ quiet_death: 1, reconnect: 1 });
});

test('what is on its way while the better transport takes over is sent again over it', async () => {
  const { clock, network, server, browser } = world(['websocket', 'sse']);
  network.faults = { ...NO_NETWORK_FAULTS, blocked: new Set(['websocket']) };
  const tab = browser.open();
  const { connection } = tab.client;
  await clock.runUntil(clock.nowMs + 60_000, () => connection.state === 'open');
  expect(connection.transport).toBe('sse');
  network.faults = NO_NETWORK_FAULTS;
  // Answers to what is sent over the fallback never come: only the change can help.
  server.mute = true;
  tab.room.send('in between');
  connection.on('welcome', () => (server.mute = false));
  await clock.runUntil(clock.nowMs + 9_000);
  expect(connection.transport).toBe('websocket');
  expect(tab.client.dump().counts).toMatchObject({ upgrade: 1, resend: 1 });
  expect(tab.room.outgoing).toEqual([]);
  expect(server.messages).toHaveLength(1);
});
