import { AgentStatus, type Conversation } from '@kefu/sdk/proto/message';
import type { Note } from '@kefu/sdk/proto/note';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { alerts } from './alerts.svelte';
import type { Alert } from './lists';
import { router } from './router.svelte';
import type { Workspace } from './workspace.svelte';

/** What the toasts of one conversation are about. */
export function alertAbout(id: bigint): string {
  return `conversation-${id}`;
}

/** Tells the agent, loudly enough for what happened and no louder. */
export function announce(workspace: Workspace, conversation: Conversation, alert: Alert): void {
  const watching = workspace.talk.id === conversation.id && document.hasFocus();
  const away = workspace.self?.status === AgentStatus.AWAY;
  if (watching || (alert === 'queued' && away)) return;
  const words = i18n.m.agent.alerts;
  const title = words[alert](workspace.visitorName(conversation));
  const open = () => router.inbox(conversation.id);
  alerts.play(alert === 'message' ? 'message' : 'conversation');
  // A row's badge is enough for one more message; a new conversation deserves a word.
  if (alert !== 'message') {
    const about = alertAbout(conversation.id);
    toasts.show('info', title, { action: { label: words.open, run: open }, about });
  }
  alerts.notify(title, conversation.preview, String(conversation.id), open);
}

/** A colleague wants this agent's eyes, whoever owns the conversation. */
export function announceMention(workspace: Workspace, note: Note): void {
  const id = note.conversationId;
  if (workspace.talk.id === id && document.hasFocus()) return;
  const head = workspace.conversations.get(id);
  const name = head ? workspace.visitorName(head) : String(id).slice(-5);
  const title = i18n.m.notes.mentioned(note.authorName, name);
  const open = () => router.inbox(id);
  alerts.play('conversation');
  const action = { label: i18n.m.agent.alerts.open, run: open };
  toasts.show('info', title, { action, about: alertAbout(id) });
  alerts.notify(title, note.body?.text ?? '', `note-${note.id}`, open);
}
