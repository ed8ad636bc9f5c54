/** A small storage of texts that never throws, shared by the tabs of one browser where it can be. */
export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Every key that begins so, in no order. */
  keys(prefix: string): string[];
}

/** Lasts as long as the page. */
export function memoryStore(): Store {
  const memory = new Map<string, string>();
  return {
    get: (key) => memory.get(key) ?? null,
    set: (key, value) => void memory.set(key, value),
    remove: (key) => void memory.delete(key),
    keys: (prefix) => [...memory.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/**
 * The browser's storage. What it denies or has no room for lasts as long as the page: a page in a
 * foreign frame, or one whose reader refuses storage, works all the same.
 */
export function browserStore(open: () => Storage): Store {
  const memory = memoryStore();
  const attempt = <T>(act: (storage: Storage) => T, otherwise: () => T): T => {
    try {
      return act(open());
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) =>
      memory.get(key) ??
      attempt(
        (storage) => storage.getItem(key),
        () => null,
      ),
    set: (key, value) =>
      attempt(
        (storage) => {
          storage.setItem(key, value);
          memory.remove(key);
        },
        () => memory.set(key, value),
      ),
    remove(key) {
      memory.remove(key);
      attempt(
        (storage) => storage.removeItem(key),
        () => undefined,
      );
    },
    keys(prefix) {
      const stored = attempt(
        (storage) => keysOf(storage),
        () => [],
      );
      const all = new Set([
        ...stored.filter((key) => key.startsWith(prefix)),
        ...memory.keys(prefix),
      ]);
      return [...all];
    },
  };
}

function keysOf(storage: Storage): string[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
}
