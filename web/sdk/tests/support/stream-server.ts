import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import type { WebSocket as Socket } from 'ws';
import type { ChatServer } from './server';

/** A connection as docs/protocol.md has it, in the shape of the socket that `ChatServer` speaks to. */
class StreamSocket extends EventEmitter {
  readonly protocol = 'kefu.v1.json';
  /** Frames that were not acknowledged, the first under the number `first`. */
  frames: unknown[] = [];
  first = 1;
  closeCode = 0;

  send(text: string): void {
    this.frames.push(JSON.parse(text));
    this.emit('news');
  }

  close(code = 1000): void {
    this.closeCode = code;
    this.emit('news');
    this.emit('close');
  }

  terminate(): void {
    this.close(1001);
  }

  acknowledge(after: number): void {
    while (this.first <= after && this.frames.length > 0) {
      this.frames.shift();
      this.first += 1;
    }
  }
}

/** The connections over HTTP of docs/protocol.md, in front of a `ChatServer`. */
export class StreamServer {
  /** Method and path of all requests, oldest first. */
  readonly requests: string[] = [];
  /** Keeps events back until the answer ends, as some proxies do. */
  buffers = false;
  private readonly streams = new Map<string, StreamSocket>();
  private readonly sockets = new Set<TcpSocket>();
  private readonly server: Server;

  private constructor(private readonly chat: ChatServer) {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(chat: ChatServer): Promise<StreamServer> {
    const stream = new StreamServer(chat);
    stream.server.listen(0, '127.0.0.1');
    await once(stream.server, 'listening');
    return stream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks every request as a cable does. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Knows no connection any more, as after a restart. */
  forget(): void {
    for (const socket of this.streams.values()) socket.emit('close');
    this.streams.clear();
    this.cut();
  }

  async stop(): Promise<void> {
    this.forget();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here');
    this.requests.push(`${request.method} ${pathname}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const up = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : { frames: [] };
    if (pathname === '/stream' && request.method === 'POST') return this.begin(up, response);
    const socket = this.streams.get(searchParams.get('stream') ?? '');
    if (!socket) return void response.writeHead(404).end();
    const after = Number(searchParams.get('after') ?? 0);
    if (after + 1 < socket.first) return void response.writeHead(410).end();
    if (pathname === '/stream/frames') {
      socket.acknowledge(after);
      this.hand(socket, up);
      response.writeHead(204).end();
    } else if (pathname === '/stream/poll') {
      socket.acknowledge(after);
      await this.poll(socket, response);
    } else if (pathname === '/stream/events') {
      await this.events(socket, after, response);
    } else {
      socket.emit('close');
      this.streams.delete(searchParams.get('stream') ?? '');
      response.writeHead(204).end();
    }
  }

  private begin(up: { frames: unknown[] }, response: ServerResponse): void {
    const stream = `s${this.streams.size + 1}-${this.requests.length}`;
    const socket = new StreamSocket();
    this.streams.set(stream, socket);
    this.chat.accept(socket as unknown as Socket);
    this.hand(socket, up);
    this.answer(socket, response, { stream });
  }

  private hand(socket: StreamSocket, up: { frames: unknown[] }): void {
    for (const frame of up.frames) socket.emit('message', JSON.stringify(frame), false);
  }

  private answer(socket: StreamSocket, response: ServerResponse, more: object): void {
    const { first, frames, closeCode } = socket;
    const body = { ...more, first: String(first), frames, ...(closeCode ? { closeCode } : {}) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private async poll(socket: StreamSocket, response: ServerResponse): Promise<void> {
    if (socket.frames.length === 0 && socket.closeCode === 0) {
      await Promise.race([once(socket, 'news'), new Promise((done) => setTimeout(done, 300))]);
    }
    this.answer(socket, response, {});
  }

  private async events(socket: StreamSocket, after: number, response: ServerResponse) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': here\n\n');
    response.on('close', () => socket.emit('news'));
    let sent = after;
    while (!response.destroyed) {
      for (; sent < socket.first + socket.frames.length - 1; sent += 1) {
        const frame = JSON.stringify(socket.frames[sent + 1 - socket.first]);
        if (!this.buffers) response.write(`id: ${sent + 1}\ndata: ${frame}\n\n`);
      }
      if (socket.closeCode > 0) {
        response.end(`event: close\ndata: ${socket.closeCode}\n\n`);
        return;
      }
      await once(socket, 'news');
    }
  }
}
