// A line to the service in a weather of its own. While it storms, connections are refused, torn in the
// middle of what they carry, or go deaf without telling anybody, and what they carry is late: it keeps its
// order on one connection, as bytes do, and is overtaken by what another one carries. What somebody sent
// who has hung up since still arrives.
import { once } from "node:events";
import { connect, createServer } from "node:net";

// Shares of new connections.
const REFUSED = 0.12;
const DEAF_FROM_THE_START = 0.08;
// Shares of what comes in one piece.
const TORN = 0.04;
const SWALLOWED = 0.03;
const LATE = 0.5;
const VERY_LATE = 0.05;
// Milliseconds.
const LATE_MAX = 120;
const VERY_LATE_MAX = 900;
const DEAF_MAX = 1_500;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Way {
  #sky;
  #client;
  #upstream;
  // Which ends hear nothing more; nobody is told.
  #deaf = new Set();

  constructor(sky, client, upstream) {
    this.#sky = sky;
    this.#client = client;
    this.#upstream = upstream;
    this.#carry(client, upstream);
    this.#carry(upstream, client);
    const { dice, storms } = sky;
    if (!storms) return;
    if (dice.chance(REFUSED)) this.cut();
    else if (dice.chance(DEAF_FROM_THE_START)) this.#swallow(upstream, client);
  }

  get isDeaf() {
    return this.#deaf.size > 0;
  }

  // Both ends see a connection that breaks, without a goodbye.
  cut() {
    for (const socket of [this.#client, this.#upstream]) socket.resetAndDestroy();
  }

  #carry(from, to) {
    let tail = Promise.resolve();
    from.on("data", (bytes) => (tail = tail.then(() => this.#deliver(to, bytes))));
    from.on("error", () => from.destroy());
    from.on("close", () => {
      if (to.destroyed) this.#sky.ways.delete(this);
      void tail.then(() => this.#deaf.has(to) || to.end());
    });
  }

  async #deliver(to, bytes) {
    const { dice, storms } = this.#sky;
    if (storms) {
      if (dice.chance(LATE)) await pause(dice.between(0, LATE_MAX));
      else if (dice.chance(VERY_LATE)) await pause(dice.between(LATE_MAX, VERY_LATE_MAX));
      if (dice.chance(SWALLOWED)) this.#swallow(...dice.pick([[to], [this.#client, this.#upstream]]));
      else if (dice.chance(TORN)) return this.#tear(to, bytes);
    }
    if (!this.#deaf.has(to) && !to.destroyed) to.write(bytes);
  }

  // A part of it arrives.
  #tear(to, bytes) {
    if (to.destroyed) return;
    to.write(bytes.subarray(0, this.#sky.dice.between(0, bytes.length)), () => this.cut());
  }

  // Some break after a while, some are deaf for as long as the storm lasts.
  #swallow(...ends) {
    for (const end of ends) this.#deaf.add(end);
    const { dice } = this.#sky;
    if (dice.chance(0.5)) setTimeout(() => this.cut(), dice.between(50, DEAF_MAX));
  }
}

export async function layWeather(origin, dice) {
  const { hostname, port } = new URL(origin);
  const sky = { dice, storms: false, ways: new Set() };
  const server = createServer((client) => {
    sky.ways.add(new Way(sky, client, connect(Number(port), hostname)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    storm() {
      sky.storms = true;
    },
    // Nothing more goes wrong, and nobody has to find out what went deaf.
    calm() {
      sky.storms = false;
      for (const way of [...sky.ways]) if (way.isDeaf) way.cut();
    },
    close() {
      for (const way of [...sky.ways]) way.cut();
      server.close();
    },
  };
}
