import type { SlaAlert } from '@kefu/sdk/proto/board';
import { SlaState, type Conversation } from '@kefu/sdk/proto/message';

/** Conversations that are shown at most; those that were said first go. */
const MOST = 50;

/** Promises that are due soon or broken and that nobody here has looked at, the broken ones first. */
export class Promises {
  list = $state.raw<readonly SlaAlert[]>([]);

  take(alert: SlaAlert): void {
    const others = this.list.filter((each) => each.conversationId !== alert.conversationId);
    const list = [alert, ...others].slice(0, MOST);
    this.list = list.sort((a, b) => b.state - a.state || Number(a.dueAtMs - b.dueAtMs));
  }

  /** What was promised is kept by now, or something else is due. */
  follow({ id, slaState, slaDueAtMs }: Conversation): void {
    const known = this.list.find((each) => each.conversationId === id);
    if (known && (slaState < SlaState.WARNED || slaDueAtMs !== known.dueAtMs)) this.dismiss(id);
  }

  dismiss(id: bigint): void {
    this.list = this.list.filter((each) => each.conversationId !== id);
  }
}
