import { downFrames } from './http.js';
import { HttpLink, type Reading } from './http-link.js';
import type { Link, LinkEvents, LinkTarget, Transport } from './transport.js';

/** The server answers within 25 s, frames or none. */
const POLL_MS = 40_000;

const polling: Reading = {
  takesFirst: true,
  async read(link, calls) {
    const json = await calls.json('GET', `/stream/poll?${link.query}`, undefined, POLL_MS);
    if (!link.take(downFrames(json))) throw new TypeError('frames are missing');
  },
};

/** Where nothing else gets through: one question after the other, answered when there is something. */
export class LongPollTransport implements Transport {
  readonly name = 'long-poll';

  available(): boolean {
    return typeof fetch === 'function';
  }

  open(target: LinkTarget, events: LinkEvents): Link {
    return new HttpLink(target, events, polling);
  }
}
