import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, fromJson, toBinary, toJson, type Init } from '@kefu/sdk/codec';
import {
  ClientFrameSchema,
  ServerFrameSchema,
  type ClientFrame,
  type Open,
  type SendMessage,
  type ServerFrame,
} from '@kefu/sdk/proto/frame';
import { MessageSchema, Sender, type Message } from '@kefu/sdk/proto/message';
import { WebSocketServer, type WebSocket as Socket } from 'ws';

type Body = Init<ServerFrame['body']>;

export const CONVERSATION = 7n;

/** What a test may do instead of the usual answer to a frame; true when it did. */
export type Override = (server: ChatServer, socket: Socket, frame: ClientFrame) => boolean;

/**
 * The other end of the wire, small but real: a WebSocket server that stores the messages of one
 * conversation once per client id and replays from any sequence number.
 */
export class ChatServer {
  readonly messages: Message[] = [];
  readonly received: ClientFrame[] = [];
  readonly subprotocols: string[] = [];
  override: Override = () => false;
  heartbeatS = 30;
  /** What sequence numbers belong to. */
  epoch = 1n;
  private readonly open = new Set<Socket>();
  private readonly server: WebSocketServer;

  private constructor(port: number) {
    this.server = new WebSocketServer({ host: '127.0.0.1', port });
    this.server.on('connection', (socket) => this.accept(socket));
  }

  static async start(port = 0): Promise<ChatServer> {
    const chat = new ChatServer(port);
    await once(chat.server, 'listening');
    return chat;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Frames of one kind that came up, oldest first. */
  frames<K extends ClientFrame['body']['case']>(kind: K): ClientFrame[] {
    return this.received.filter((frame) => frame.body.case === kind);
  }

  /** Breaks every connection as a cable does: no close frame. */
  cut(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  /** Stops sending to everybody and says so without a reference, as after a lost watch. */
  abandon(): void {
    const value = { code: 'unavailable', message: 'the watch was lost' };
    for (const socket of this.open) this.send(socket, { case: 'problem', value });
    this.open.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  send(socket: Socket, body: Body, ref = 0n): void {
    const frame = create(ServerFrameSchema, { ref, body });
    if (socket.protocol === 'kefu.v1.json')
      socket.send(JSON.stringify(toJson(ServerFrameSchema, frame)));
    else socket.send(toBinary(ServerFrameSchema, frame));
  }

  /** Stores a message from the bot and delivers it to whoever has the conversation open. */
  say(text: string): Message {
    const message = this.store(Sender.BOT, '', { case: 'text', value: { text } });
    this.deliver([message]);
    return message;
  }

  /** Delivers messages to everybody, in whatever order and however often the test wants. */
  deliver(messages: Message[]): void {
    const value = { conversationId: CONVERSATION, messages };
    for (const socket of this.open) this.send(socket, { case: 'messages', value });
  }

  store(sender: Sender, clientId: string, kind: unknown): Message {
    const message = create(MessageSchema, {
      id: BigInt(1000 + this.messages.length),
      conversationId: CONVERSATION,
      seq: BigInt(this.messages.length + 1),
      sender,
      clientId,
      createdAtMs: BigInt(Date.now()),
      body: { kind: kind as never },
    });
    this.messages.push(message);
    return message;
  }

  /** Accepts a message: stored once per client id, echoed to everybody. */
  take(socket: Socket, ref: bigint, { clientId, body }: SendMessage): void {
    const known = this.messages.find((message) => message.clientId === clientId);
    const message = known ?? this.store(Sender.VISITOR, clientId, body?.kind);
    const { id, seq, createdAtMs } = message;
    const duplicate = known !== undefined;
    const value = { conversationId: CONVERSATION, clientId, id, seq, createdAtMs, duplicate };
    this.send(socket, { case: 'accepted', value }, ref);
    if (!known) this.deliver([message]);
  }

  /** One more connection, whatever carries it. */
  accept(socket: Socket): void {
    this.subprotocols.push(socket.protocol);
    socket.on('close', () => this.open.delete(socket));
    socket.on('message', (data, isBinary) => {
      const frame = isBinary
        ? fromBinary(ClientFrameSchema, new Uint8Array(data as Buffer))
        : fromJson(ClientFrameSchema, JSON.parse(String(data)));
      this.received.push(frame);
      if (!this.override(this, socket, frame)) this.answer(socket, frame);
    });
  }

  private answer(socket: Socket, { ref, body }: ClientFrame): void {
    switch (body.case) {
      case 'hello': {
        const value = { heartbeatS: this.heartbeatS, conversationId: CONVERSATION };
        return this.send(socket, { case: 'welcome', value }, ref);
      }
      case 'open':
        return this.replay(socket, ref, body.value);
      case 'send':
        return this.take(socket, ref, body.value);
      case 'ping':
        return this.send(socket, { case: 'pong', value: { heartbeatS: body.value.silentS } }, ref);
      case 'mark': {
        const { conversationId, deliveredSeq, readSeq } = body.value;
        const value = { conversationId, deliveredSeq, readSeq };
        return this.send(socket, { case: 'cursor', value }, ref);
      }
      case 'leave':
        this.open.delete(socket);
    }
  }

  private replay(socket: Socket, ref: bigint, asked: Open): void {
    const conversation = { id: CONVERSATION, lastSeq: BigInt(this.messages.length) };
    const { epoch } = this;
    const afterSeq = asked.epoch === 0n || asked.epoch === epoch ? asked.afterSeq : 0n;
    this.send(socket, { case: 'opened', value: { conversation, epoch, afterSeq } }, ref);
    this.open.add(socket);
    const messages = this.messages.filter((message) => message.seq > afterSeq);
    const value = { conversationId: CONVERSATION, messages };
    if (messages.length > 0) this.send(socket, { case: 'messages', value });
  }
}
