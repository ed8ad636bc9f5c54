import type { Dice } from '../support/seeds';
import { Browser, type Sharing, type Tab } from './browser';
import { Clock } from './clock';
import { NO_NETWORK_FAULTS, SimNetwork, type NetworkFaults } from './network';
import { NO_SERVER_FAULTS, SimServer, type ServerFaults } from './server';

export interface Story {
  sharing: Sharing;
  /** Tabs at the beginning. */
  tabs: number;
  transports?: readonly string[];
  network: Partial<NetworkFaults>;
  server: Partial<ServerFaults>;
  /** Share of the person's steps at which a tab dies and another one is opened. */
  deaths: number;
}

/** People talk for about so long while things break, milliseconds. */
const TALK_MS = 60_000;
/** Then nothing breaks any more, and all must be well within this. */
const CALM_MS = 180_000;

export interface Outcome {
  server: SimServer;
  tabs: readonly Tab[];
  /** What was written, by client id, in the order of writing, by tabs that lived to the end. */
  written: { clientId: string; tab: Tab; survives: boolean; atMs: number }[];
}

/** Plays one story: people write and tabs die while lines break, and then there is quiet. */
export async function play(dice: Dice, story: Story): Promise<Outcome> {
  const clock = new Clock();
  const server = new SimServer(dice, story.server);
  const network = new SimNetwork(clock, server, dice);
  network.faults = { ...NO_NETWORK_FAULTS, ...story.network };
  const browser = new Browser(clock, network, dice, story.sharing, story.transports);
  const written: Outcome['written'] = [];
  for (let index = 0; index < story.tabs; index += 1) browser.open();
  const endMs = clock.nowMs + TALK_MS;
  const steps = dice.between(8, 25);
  for (let step = 0; step < steps; step += 1) {
    await clock.runUntil(clock.nowMs + dice.between(1, (2 * TALK_MS) / steps));
    if (dice.chance(0.3)) server.say(`bot ${step}`);
    if (dice.chance(0.2) && story.network.cut) network.cutOne();
    if (dice.chance(story.deaths)) bury(browser, written);
    const tab = dice.pick(browser.tabs);
    const burst = dice.chance(0.2) ? 4 : 1;
    for (let each = 0; each < burst; each += 1) {
      const { clientId } = tab.room.send(`${step}.${each}`);
      written.push({ clientId, tab, survives: true, atMs: clock.nowMs });
    }
  }
  await clock.runUntil(endMs);
  network.faults = { ...NO_NETWORK_FAULTS, blocked: network.faults.blocked };
  // A bug does not go away when the weather is fine.
  server.faults = { ...NO_SERVER_FAULTS, storesTwice: server.faults.storesTwice };
  // A gap at the end shows when something follows it.
  server.say('the end');
  const well = () => browser.tabs.every((tab) => isWell(tab, server));
  await clock.runUntil(clock.nowMs + CALM_MS, well);
  for (const tab of browser.tabs) tab.client.stop();
  return { server, tabs: [...browser.tabs], written };
}

function bury(browser: Browser, written: Outcome['written']): void {
  const tab = browser.dice.pick(browser.tabs);
  browser.kill(tab);
  for (const each of written) {
    // Where storage is denied, what waited in it dies with it.
    if (each.tab === tab && browser.sharing === 'denied') each.survives = false;
  }
  browser.open();
}

function isWell(tab: Tab, server: SimServer): boolean {
  return tab.room.outgoing.length === 0 && tab.seen.length === server.messages.length;
}
