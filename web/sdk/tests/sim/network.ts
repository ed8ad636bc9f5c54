import type { Link, LinkEvents, LinkTarget, Transport } from '@kefu/sdk';
import { fromBinary, toBinary } from '@kefu/sdk/codec';
import {
  ClientFrameSchema,
  ServerFrameSchema,
  type ClientFrame,
  type ServerFrame,
} from '@kefu/sdk/proto/frame';
import type { Dice } from '../support/seeds';
import type { Clock } from './clock';
import type { Peer, SimServer } from './server';

/** What goes wrong on the way. */
export interface NetworkFaults {
  /** Share of connects that fail, and of those that nobody ever answers. */
  refused: number;
  swallowed: number;
  /** Share of frames with which the line breaks; half of them are told to nobody. */
  cut: number;
  /** Transports that nothing gets through. */
  blocked: ReadonlySet<string>;
}

export const NO_NETWORK_FAULTS: NetworkFaults = {
  refused: 0,
  swallowed: 0,
  cut: 0,
  blocked: new Set(),
};

/** Lines between tabs and the server: slow, in order, and broken as the dice say. */
export class SimNetwork {
  faults: NetworkFaults = NO_NETWORK_FAULTS;
  private readonly links = new Set<SimLink>();

  constructor(
    readonly clock: Clock,
    readonly server: SimServer,
    readonly dice: Dice,
  ) {}

  transport(name: string): Transport {
    return {
      name,
      available: () => true,
      open: (_: LinkTarget, events: LinkEvents) => {
        const link = new SimLink(this, name, events);
        this.links.add(link);
        return link;
      },
    };
  }

  /** Breaks one line, if there is any. */
  cutOne(): void {
    if (this.links.size > 0) this.dice.pick([...this.links]).cut();
  }

  /** Breaks all lines, and nobody is told. */
  silence(): void {
    for (const link of [...this.links]) link.cut(false);
  }

  forget(link: SimLink): void {
    this.links.delete(link);
  }
}

class SimLink implements Link {
  /** Closed for the client; nothing goes either way. */
  private over = false;
  private upAtMs = 0;
  private downAtMs = 0;
  private readonly peer: Peer;

  constructor(
    private readonly network: SimNetwork,
    name: string,
    private readonly events: LinkEvents,
  ) {
    const { clock, dice, faults } = network;
    this.peer = {
      send: (frame) => this.down(frame),
      close: () => this.tellEnd('the server hung up'),
    };
    if (faults.blocked.has(name) || dice.chance(faults.swallowed)) return;
    const refused = dice.chance(faults.refused);
    clock.after(dice.between(1, 120), () => {
      if (this.over) return;
      if (refused) this.end('refused');
      else events.opened();
    });
  }

  send(frame: ClientFrame): void {
    const { clock, server, dice } = this.network;
    if (this.breaks()) return;
    const bytes = toBinary(ClientFrameSchema, frame);
    this.upAtMs = Math.max(this.upAtMs, clock.nowMs + dice.between(1, 80));
    clock.after(this.upAtMs - clock.nowMs, () => {
      if (!this.over) server.receive(this.peer, fromBinary(ClientFrameSchema, bytes));
    });
  }

  close(): void {
    this.over = true;
    this.network.server.gone(this.peer);
    this.network.forget(this);
  }

  /** The line breaks; the client hears of it soon, or only by silence. */
  cut(told = this.network.dice.chance(0.5)): void {
    this.network.server.gone(this.peer);
    this.network.forget(this);
    this.deaf = true;
    if (told) this.tellEnd('cut');
  }

  /** Cut, and not told so: the client still believes in it. */
  private deaf = false;

  private down(frame: ServerFrame): void {
    const { clock, dice } = this.network;
    if (this.breaks()) return;
    const bytes = toBinary(ServerFrameSchema, frame);
    this.downAtMs = Math.max(this.downAtMs, clock.nowMs + dice.between(1, 80));
    clock.after(this.downAtMs - clock.nowMs, () => {
      if (!this.over && !this.deaf) this.events.frame(fromBinary(ServerFrameSchema, bytes));
    });
  }

  private breaks(): boolean {
    const { dice, faults } = this.network;
    if (this.over || this.deaf) return true;
    if (dice.chance(faults.cut)) this.cut();
    return this.deaf;
  }

  private tellEnd(detail: string): void {
    const { clock, dice } = this.network;
    const inMs = Math.max(this.downAtMs - clock.nowMs, 0) + dice.between(1, 300);
    clock.after(inMs, () => this.end(detail));
  }

  private end(detail: string): void {
    if (this.over) return;
    this.close();
    this.events.closed({ detail });
  }
}
