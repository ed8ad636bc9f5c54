import { frameOf } from './http.js';
import { HttpLink, type Reading } from './http-link.js';
import type { Link, LinkEvents, LinkTarget, Transport } from './transport.js';

/** One event: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
interface ServerEvent {
  id: string;
  event: string;
  data: string[];
}

const streaming: Reading = {
  // All frames come as events, the welcome too: something on the way that keeps events back until
  // the answer ends shows at once, and not when a message is late.
  takesFirst: false,
  async read(link, calls) {
    let event: ServerEvent = { id: '', event: '', data: [] };
    for await (const line of calls.lines(`/stream/events?${link.query}`)) {
      if (line !== '') {
        addTo(event, line);
        continue;
      }
      if (!hand(event, link)) throw new TypeError('frames are missing');
      event = { id: '', event: '', data: [] };
    }
  },
};

function addTo(event: ServerEvent, line: string): void {
  const colon = line.indexOf(':');
  // A comment says that the connection lives.
  if (colon === 0) return;
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (field === 'data') event.data.push(value);
  else if (field === 'id' || field === 'event') event[field] = value;
}

function hand({ id, event, data }: ServerEvent, link: HttpLink): boolean {
  if (data.length === 0) return true;
  const text = data.join('\n');
  if (event === 'close') {
    link.ended(Number(text));
    return true;
  }
  return link.takeOne(Number(id), frameOf(text));
}

/** One answer without an end that brings frames down as events, and POSTs that bring them up. */
export class EventStreamTransport implements Transport {
  readonly name = 'sse';

  available(): boolean {
    return typeof fetch === 'function' && typeof ReadableStream === 'function';
  }

  open(target: LinkTarget, events: LinkEvents): Link {
    return new HttpLink(target, events, streaming);
  }
}
