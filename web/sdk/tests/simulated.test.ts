import { expect, test } from 'vitest';
import { play, type Outcome, type Story } from './sim/run';
import type { SimServer } from './sim/server';
import { Dice, forSeeds } from './support/seeds';

const ROUGH: Pick<Story, 'network' | 'server'> = {
  network: { refused: 0.2, swallowed: 0.1, cut: 0.04 },
  server: { busy: 0.08, sentAway: 0.05, abandoned: 0.04, repeated: 0.1, skipped: 0.05 },
};

/** Everything that is promised, of one story that has come to its end. */
function check({ server, tabs, written }: Outcome): void {
  const history = server.messages.map(({ seq, clientId, body }) => ({ seq, clientId, body }));
  for (const tab of tabs) {
    expect(tab.seen, 'each message once, in order').toEqual(history.map(({ seq }) => Number(seq)));
    const shown = tab.room.messages.map(({ seq, clientId, body }) => ({ seq, clientId, body }));
    expect(shown, 'the history is the same on both ends').toEqual(history);
    expect(tab.room.outgoing, 'nothing waits any more').toEqual([]);
  }
  const stored = history.map(({ clientId }) => clientId).filter((id) => id !== '');
  expect(new Set(stored).size, 'nothing is stored twice').toBe(stored.length);
  const missing = written.filter(
    ({ survives, clientId }) => survives && !stored.includes(clientId),
  );
  expect(missing, 'nothing is lost').toEqual([]);
  checkOrder(written, stored);
}

/** So long after it was written, a message is known to the other tabs. */
const KNOWN_MS = 100;

/** In the order of writing: exactly within a tab, and over tabs as far as one knew of the other. */
function checkOrder(written: Outcome['written'], stored: readonly string[]): void {
  const inStore = written
    .filter(({ clientId }) => stored.includes(clientId))
    .sort((a, b) => stored.indexOf(a.clientId) - stored.indexOf(b.clientId));
  const index = new Map(written.map((each, at) => [each, at]));
  for (const [at, later] of inStore.entries()) {
    for (const sooner of inStore.slice(0, at)) {
      if (index.get(sooner)! < index.get(later)!) continue;
      const knew = later.tab.shares && sooner.atMs - later.atMs > KNOWN_MS;
      const wrong = sooner.tab === later.tab || knew;
      expect(wrong && [sooner.clientId, later.clientId], 'stored out of order').toBe(false);
    }
  }
}

const STORIES: Record<string, Story> = {
  'one tab sends while everything breaks': { sharing: 'locks', tabs: 1, deaths: 0, ...ROUGH },
  'one tab that is reloaded again and again': { sharing: 'locks', tabs: 1, deaths: 0.3, ...ROUGH },
  'three tabs that die and come': { sharing: 'locks', tabs: 3, deaths: 0.2, ...ROUGH },
  'three tabs of a browser without locks': { sharing: 'leases', tabs: 3, deaths: 0.2, ...ROUGH },
  'two tabs that share nothing, storage being denied': {
    sharing: 'denied',
    tabs: 2,
    deaths: 0.2,
    ...ROUGH,
  },
  'two transports, each as bad as the other': {
    sharing: 'locks',
    tabs: 2,
    deaths: 0.1,
    transports: ['websocket', 'sse'],
    ...ROUGH,
  },
  'a network that lets no WebSocket through': {
    sharing: 'locks',
    tabs: 1,
    deaths: 0.1,
    transports: ['websocket', 'sse', 'long-poll'],
    network: { ...ROUGH.network, blocked: new Set(['websocket']) },
    server: ROUGH.server,
  },
};

for (const [name, story] of Object.entries(STORIES)) {
  test(`${name}: nothing is lost, doubled or out of order`, async () => {
    await forSeeds(200, async (_, dice) => check(await play(dice, story)));
  });
}

test('in fine weather each message is sent once, however many tabs there are', async () => {
  const fine: Story = { sharing: 'locks', tabs: 4, deaths: 0, network: {}, server: {} };
  for (const sharing of ['locks', 'leases'] as const) {
    await forSeeds(50, async (_, dice) => {
      const outcome = await play(dice, { ...fine, sharing });
      check(outcome);
      expect([...outcome.server.sends.values()].every((times) => times === 1)).toBe(true);
    });
  }
});

/** The seed of the first story that shows it. */
async function found(story: Story, within: number): Promise<number | undefined> {
  for (let seed = 1; seed <= within; seed += 1) {
    const outcome = await play(new Dice(seed), story);
    try {
      check(outcome);
    } catch {
      return seed;
    }
  }
  return undefined;
}

test('the check finds a server that stores a retry again', async () => {
  const story = { ...STORIES['one tab sends while everything breaks']! };
  const server: Partial<SimServer['faults']> = { ...story.server, storesTwice: 1 };
  expect(await found({ ...story, server }, 20)).toBeDefined();
});
