import type { WordAlert } from '@kefu/sdk/proto/frame';
import { Sender } from '@kefu/sdk/proto/message';

/** Conversations that wait to be looked at; the longest waiting of more is forgotten. */
const MOST = 50;

/** What was found in one conversation, on one side of it. */
export interface Finding {
  readonly key: string;
  /** The newest. */
  readonly alert: WordAlert;
  readonly times: number;
}

/** Sensitive words that were found and that this supervisor has not looked at, newest first. */
export class WordAlerts {
  list = $state.raw<readonly Finding[]>([]);

  take(alert: WordAlert): void {
    const key = `${alert.conversationId}.${alert.list}.${alert.agentId}`;
    const before = this.list.find((each) => each.key === key);
    const finding = { key, alert, times: (before?.times ?? 0) + 1 };
    this.list = [finding, ...this.list.filter((each) => each.key !== key)].slice(0, MOST);
  }

  dismiss(key: string): void {
    this.list = this.list.filter((each) => each.key !== key);
  }
}

/** Whether an agent wrote it. */
export function byAgent({ alert }: Finding): boolean {
  return alert.list === Sender.AGENT;
}
