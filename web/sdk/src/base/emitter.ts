type Listener<Args extends unknown[]> = (...args: Args) => void;

/** Typed events without a framework: one set of listeners per event name. */
export class Emitter<Events extends Record<string, unknown[]>> {
  private readonly listeners: { [K in keyof Events]?: Set<Listener<Events[K]>> } = {};

  /** Listens until the function that is returned gets called. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const set = (this.listeners[event] ??= new Set<Listener<Events[K]>>());
    set.add(listener);
    return () => set.delete(listener);
  }

  protected emit<K extends keyof Events>(event: K, ...args: Events[K]): void {
    // A copy, because a listener may remove itself while it runs.
    for (const listener of [...(this.listeners[event] ?? [])]) listener(...args);
  }
}
