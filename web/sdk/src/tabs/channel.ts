import type { News } from './tabs.js';

/** From this tab to the others of the same origin. */
export interface Channel {
  post(news: News): void;
  on(listener: (news: News) => void): () => void;
  close(): void;
}

const NAME = 'kefu';

/**
 * `BroadcastChannel`, and the storage's own events. A broadcast may overtake the change of the storage
 * that it is about, and whoever looks then sees what was; the storage's event comes with the change.
 */
export function browserChannel(): Channel {
  const listeners = new Set<(news: News) => void>();
  const hear = (news: News) => {
    for (const listener of [...listeners]) listener(news);
  };
  const deaf = listenToStorage(hear);
  const channel = openChannel();
  if (channel) channel.onmessage = ({ data }: MessageEvent<News>) => hear(data);
  return {
    post: (news) => channel?.postMessage(news),
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      deaf();
      channel?.close();
    },
  };
}

/** None where the browser has none, or denies it. */
function openChannel(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(NAME);
  } catch {
    return undefined;
  }
}

function listenToStorage(hear: (news: News) => void): () => void {
  if (typeof addEventListener !== 'function') return () => undefined;
  const listener = ({ key }: StorageEvent) => {
    if (key?.startsWith('kefu.')) hear({ key });
  };
  addEventListener('storage', listener);
  return () => removeEventListener('storage', listener);
}
