import { AgentStatus } from '@kefu/sdk/proto/message';
import { problemCode } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import type { Workspace } from './workspace.svelte';

export const STATUSES = [AgentStatus.FREE, AgentStatus.BUSY, AgentStatus.AWAY] as const;

/** Sets the agent's own status; what the list shows is what the server then says. */
export async function chooseStatus(workspace: Workspace, status: AgentStatus): Promise<void> {
  const before = workspace.self;
  try {
    const agent = await workspace.rest.setStatus(status);
    workspace.agents.set(agent.id, agent);
    toasts.say(i18n.m.agent.done.status(i18n.m.agent.statuses[status] ?? ''));
  } catch (error) {
    // Puts the select back to what is true.
    if (before) workspace.agents.set(before.id, { ...before });
    toasts.show('bad', i18n.problem(problemCode(error)));
  }
}
