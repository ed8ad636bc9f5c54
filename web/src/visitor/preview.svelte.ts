import { Phase } from '@kefu/sdk/proto/message';
import type { Desk } from './desk.svelte';

/** What is being written is told at most this often, milliseconds. */
const EVERY_MS = 700;
/** Characters that are worth telling: the server cuts off more. */
const CHARS_MAX = 500;

/** Whether agents see what this visitor is writing: only while one serves, and the page says so. */
export function isWatched(desk: Desk): boolean {
  return desk.site?.typingPreview === true && desk.phase === Phase.SERVING;
}

/** Tells agents what is being written, for as long as the page lives. Must be called in an effect's root. */
export function previewTyping(desk: Desk): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = '';

  const tell = () => {
    timer = undefined;
    const { draft, room } = desk;
    if (!room || !isWatched(desk) || draft === told) return;
    told = draft;
    const text = [...draft].slice(0, CHARS_MAX).join('');
    const value = { conversationId: room.conversationId, text };
    desk.visitor.client.connection.tell({ case: 'typingText', value });
  };

  $effect(() => {
    void desk.draft;
    if (isWatched(desk)) timer ??= setTimeout(tell, EVERY_MS);
  });

  $effect(() => () => clearTimeout(timer));
}
