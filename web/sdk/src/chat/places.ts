import type { Cursor, Sender } from '../gen/message.js';
import { larger, type Reach } from './marker.js';

const NOWHERE: Reach = { delivered: 0, read: 0 };

/** Who looks at a conversation. */
export interface Viewer {
  sender: Sender;
  id: bigint;
}

/** How far everybody is in one conversation. */
export class Places {
  private readonly reaches = new Map<string, { cursor: Cursor; reach: Reach }>();

  constructor(private readonly me: () => Viewer) {}

  /** The farthest of the other side. */
  get other(): Reach {
    return this.farthest((cursor) => cursor.who !== this.me().sender);
  }

  /** One's own, with whichever device. */
  get own(): Reach {
    return this.farthest((cursor) => this.isOwn(cursor));
  }

  isOwn(cursor: Cursor): boolean {
    const { sender, id } = this.me();
    return cursor.who === sender && cursor.whoId === id;
  }

  learn(cursor: Cursor): void {
    const key = `${cursor.who}:${cursor.whoId}`;
    const said = { delivered: Number(cursor.deliveredSeq), read: Number(cursor.readSeq) };
    const reach = larger(this.reaches.get(key)?.reach ?? NOWHERE, said);
    this.reaches.set(key, { cursor, reach });
  }

  /** Sequence numbers begin again. */
  forget(): void {
    this.reaches.clear();
  }

  private farthest(wanted: (cursor: Cursor) => boolean): Reach {
    let farthest = NOWHERE;
    for (const { cursor, reach } of this.reaches.values()) {
      if (wanted(cursor)) farthest = larger(farthest, reach);
    }
    return farthest;
  }
}
