import type { WordAlert, WordHit } from '@kefu/sdk/proto/alert';
import { Sender } from '@kefu/sdk/proto/message';
import { i18n } from '../../lib/i18n/index.svelte';
import type { Workspace } from '../state/workspace.svelte';

/** Whether an agent wrote it. */
export function byAgent({ list }: Pick<WordAlert, 'list'>): boolean {
  return list === Sender.AGENT;
}

/** Who wrote to whom, in one sentence. */
export function whatOf(workspace: Workspace, alert: WordAlert): string {
  const m = i18n.m.words;
  const head = workspace.conversations.get(alert.conversationId);
  const name = head ? workspace.visitorName(head) : alert.visitorName || i18n.m.senders.visitor;
  return byAgent(alert) ? m.agent(alert.agentName, name) : m.visitor(name);
}

/** At which characters of the message, counted from 1 as people do. */
export function placesOf({ spans }: WordHit): string {
  const m = i18n.m.words;
  const place = ({ start, end }: { start: number; end: number }) =>
    end - start > 1 ? `${start + 1}–${end}` : String(end);
  return spans.length > 0 ? m.places(spans.map(place).join(m.comma)) : m.unshown;
}
