import type { ClientFrame, ServerFrame } from '../gen/frame.js';
import { CODECS, type Codec } from './codec.js';
import type { Link, LinkEvents, LinkTarget, Transport } from './transport.js';

/** What the server closes with when the session is over: docs/http.md. */
const SESSION_OVER = 1008;
/** What was received was no frame. */
const BAD_FRAME = 4400;

/** `/ws` of the server: binary Protobuf, or JSON text, one frame a message. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';

  /** Where there is no global `WebSocket` (Node before 22), hand in that of the package `ws`. */
  constructor(private readonly given?: typeof WebSocket) {}

  available(): boolean {
    return (this.given ?? globalThis.WebSocket) !== undefined;
  }

  open(target: LinkTarget, events: LinkEvents): Link {
    const codec = CODECS[target.codec];
    const Socket = this.given ?? WebSocket;
    try {
      const socket = new Socket(socketUrl(target.server), [codec.subprotocol]);
      return new WebSocketLink(socket, codec, events);
    } catch (error) {
      // A policy of the page, or an address that is none. Told later: `open` never tells at once.
      queueMicrotask(() => events.closed({ detail: String(error), unusable: true }));
      return { send: () => undefined, close: () => undefined };
    }
  }
}

function socketUrl(server: string): string {
  const url = new URL('/ws', server || location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

class WebSocketLink implements Link {
  private done = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly codec: Codec,
    private readonly events: LinkEvents,
  ) {
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.done || events.opened();
    socket.onmessage = ({ data }) => this.received(data);
    // Its close follows, and says as much; but in Node an error that nobody hears ends the program.
    socket.onerror = () => undefined;
    socket.onclose = ({ code, reason }) => {
      this.end(`closed with ${code} ${reason}`.trim(), code === SESSION_OVER);
    };
  }

  send(frame: ClientFrame): void {
    this.socket.send(this.codec.encode(frame));
  }

  close(code: number): void {
    this.done = true;
    this.socket.close(code);
  }

  private received(data: unknown): void {
    if (this.done) return;
    let frame: ServerFrame;
    try {
      frame = this.codec.decode(data);
    } catch (error) {
      this.socket.close(BAD_FRAME);
      this.end(`not a frame: ${String(error)}`, false);
      return;
    }
    this.events.frame(frame);
  }

  private end(detail: string, sessionOver: boolean): void {
    if (this.done) return;
    this.done = true;
    this.events.closed({ detail, sessionOver });
  }
}
