import type { Store } from '@kefu/sdk';
import type { Dice } from '../support/seeds';
import type { Clock } from './clock';

type Change = { key: string; value: string | undefined };

/** What one tab sees. Its own changes at once; those of others when they have arrived. */
class View implements Store {
  /** Own changes of a key that are not yet known to all. */
  private readonly pending = new Map<string, number>();

  constructor(
    private readonly data: Map<string, string>,
    private readonly publish: (change: Change) => void,
    private readonly changed: (key: string) => void,
  ) {}

  get = (key: string) => this.data.get(key) ?? null;
  keys = (prefix: string) => [...this.data.keys()].filter((key) => key.startsWith(prefix));
  set = (key: string, value: string) => this.write({ key, value });
  remove = (key: string) => this.write({ key, value: undefined });

  /** An own change has become everybody's. */
  settled(key: string): void {
    this.pending.set(key, (this.pending.get(key) ?? 1) - 1);
  }

  /** Somebody else's change arrives. */
  receive(change: Change): void {
    // An own change comes after it, everywhere.
    if ((this.pending.get(change.key) ?? 0) > 0) return;
    apply(this.data, change);
    this.changed(change.key);
  }

  private write(change: Change): void {
    apply(this.data, change);
    this.pending.set(change.key, (this.pending.get(change.key) ?? 0) + 1);
    this.publish(change);
  }
}

function apply(data: Map<string, string>, { key, value }: Change): void {
  if (value === undefined) data.delete(key);
  else data.set(key, value);
}

/**
 * localStorage as browsers of several processes have it: a change is seen at once by the tab that
 * made it, and by the others a moment later, in one order; a broadcast may overtake it.
 */
export class SharedStorage {
  private readonly truth = new Map<string, string>();
  private readonly views = new Set<View>();
  private arrivesMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly dice: Dice,
  ) {}

  viewFor(changed: (key: string) => void): Store {
    const publish = (change: Change) => {
      const { clock, dice } = this;
      this.arrivesMs = Math.max(this.arrivesMs, clock.nowMs + dice.between(0, 30));
      clock.after(this.arrivesMs - clock.nowMs, () => {
        apply(this.truth, change);
        for (const other of this.views) if (other !== view) other.receive(change);
        view.settled(change.key);
      });
    };
    const view = new View(new Map(this.truth), publish, changed);
    this.views.add(view);
    return view;
  }
}
