import { AgentStatus, type Agent } from '@kefu/sdk/proto/message';
import { problemCode } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { reasonOf } from './groups.svelte';
import { statusWord } from './presence';
import type { Workspace } from './workspace.svelte';

const STATUSES = [
  AgentStatus.FREE,
  AgentStatus.BUSY,
  AgentStatus.WRAP_UP,
  AgentStatus.AWAY,
] as const;

/** A status to choose; away also with each of the tenant's reasons. */
export interface StatusChoice {
  id: string;
  status: AgentStatus;
  reason: string;
  label: string;
}

function choice(status: AgentStatus, reason: string): StatusChoice {
  return {
    id: reason ? `${statusWord(status)}:${reason}` : statusWord(status),
    status,
    reason,
    label: statusLabel(status, reason),
  };
}

/** What an agent may choose, and what is so now even if it cannot be chosen. */
export function choices(workspace: Workspace): StatusChoice[] {
  const { self, groups } = workspace;
  const listed = [
    ...STATUSES.map((status) => choice(status, '')),
    ...groups.reasons.map((reason) => choice(AgentStatus.AWAY, reason)),
  ];
  const now = self && choice(self.status, self.awayReason);
  return now && listed.every(({ id }) => id !== now.id) ? [...listed, now] : listed;
}

/** The choice that stands for how somebody is. */
export function choiceOf(agent: Agent | undefined): string {
  return agent ? choice(agent.status, agent.awayReason).id : '';
}

/** A status in words, with the reason where there is one. */
export function statusLabel(status: AgentStatus, reason: string): string {
  if (reason) return i18n.m.routing.away(reasonOf(reason));
  return i18n.m.agent.statuses[status] ?? '';
}

/** Sets the agent's own status; what the list shows is what the server then says. */
export async function chooseStatus(
  workspace: Workspace,
  status: AgentStatus,
  reason = '',
): Promise<void> {
  const before = workspace.self;
  try {
    const agent = await workspace.groups.api.setStatus(status, reason);
    workspace.agents.set(agent.id, agent);
    toasts.say(i18n.m.agent.done.status(statusLabel(status, reason)));
  } catch (error) {
    // Puts the select back to what is true.
    if (before) workspace.agents.set(before.id, { ...before });
    toasts.show('bad', i18n.problem(problemCode(error)));
  }
}
