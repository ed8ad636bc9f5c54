import { problemCode } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { router } from './router.svelte';
import type { Workspace } from './workspace.svelte';

/** What this agent is being asked about, until they answer or their time is over. */
export class Offer {
  /** Which one was answered here; the server's word comes a moment later. */
  private answered = $state(0n);
  private readonly asked = $derived.by(() => this.workspace.self?.offeredConversationId ?? 0n);
  readonly id = $derived.by(() => (this.asked === this.answered ? 0n : this.asked));
  readonly head = $derived.by(() => this.workspace.conversations.get(this.id));

  constructor(private readonly workspace: Workspace) {}

  /** The server has taken the answer: the same one may be offered again some day. */
  settle(): void {
    if (this.asked !== this.answered) this.answered = 0n;
  }

  async answer(yes: boolean): Promise<void> {
    const { id, workspace } = this;
    if (id === 0n) return;
    this.answered = id;
    try {
      workspace.answered(await workspace.groups.api.answer(id, yes));
      if (yes) router.inbox(id);
    } catch (error) {
      const late = problemCode(error) === 'conflict';
      toasts.show('bad', late ? i18n.m.routing.offer.late : i18n.problem(problemCode(error)));
      // What was not answered after all may still be.
      if (!late) this.answered = 0n;
    }
  }
}
