import type { News } from './tabs.js';

/** From this tab to the others of the same origin. */
export interface Channel {
  post(news: News): void;
  on(listener: (news: News) => void): () => void;
  close(): void;
}

const NAME = 'kefu';

/** `BroadcastChannel`; where there is none, the storage's own events still tell which key changed. */
export function browserChannel(): Channel {
  const listeners = new Set<(news: News) => void>();
  const hear = (news: News) => {
    for (const listener of [...listeners]) listener(news);
  };
  const on = (listener: (news: News) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  try {
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }: MessageEvent<News>) => hear(data);
    return { post: (news) => channel.postMessage(news), on, close: () => channel.close() };
  } catch {
    return { post: () => undefined, on, close: listenToStorage(hear) };
  }
}

function listenToStorage(hear: (news: News) => void): () => void {
  if (typeof addEventListener !== 'function') return () => undefined;
  const listener = (event: StorageEvent) => event.key && hear({ key: event.key });
  addEventListener('storage', listener);
  return () => removeEventListener('storage', listener);
}
