import type { WordAlert } from '@kefu/sdk/proto/alert';

/** Conversations that wait to be looked at; the longest waiting of more is forgotten. */
const MOST = 50;
/** What the service takes at once. */
const IDS_MOST = 200;

/** What was found in one conversation, on one side of it. */
export interface Finding {
  readonly key: string;
  /** The newest. */
  readonly alert: WordAlert;
  /** All of them, the newest first, up to what is said to be seen at once. */
  readonly ids: readonly bigint[];
  readonly times: number;
}

/** Sensitive words that were found and that this supervisor has not looked at, newest first. */
export class WordAlerts {
  list = $state.raw<readonly Finding[]>([]);

  take(alert: WordAlert): void {
    const key = `${alert.conversationId}.${alert.list}.${alert.agentId}`;
    const before = this.list.find((each) => each.key === key);
    const ids = [alert.id, ...(before?.ids ?? [])].slice(0, IDS_MOST);
    const finding = { key, alert, ids, times: (before?.times ?? 0) + 1 };
    this.list = [finding, ...this.list.filter((each) => each.key !== key)].slice(0, MOST);
  }

  dismiss(key: string): void {
    this.list = this.list.filter((each) => each.key !== key);
  }

  /** This supervisor has seen these: what has no others goes. */
  saw(ids: readonly bigint[]): void {
    const seen = new Set(ids);
    this.list = this.list.filter((each) => each.ids.some((id) => !seen.has(id)));
  }
}
