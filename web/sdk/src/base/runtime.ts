import { newClientId } from './ids.js';

/** Time and chance, as arguments: a test hands in its own and gets the same run every time. */
export interface Runtime {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Evenly from 0 to below 1. */
  random(): number;
  /** A new id that nobody else has: 1 to 64 characters of [A-Za-z0-9_-]. */
  id(): string;
  /** Runs once after that many milliseconds, unless the function that is returned is called before. */
  after(ms: number, run: () => void): () => void;
}

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  id: newClientId,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
