import { AgentStatus, type Agent } from '@kefu/sdk/proto/message';

export type Presence = 'free' | 'busy' | 'away' | 'wrap_up' | 'offline';

const WORDS: Record<AgentStatus, Presence> = {
  [AgentStatus.UNSPECIFIED]: 'offline',
  [AgentStatus.FREE]: 'free',
  [AgentStatus.BUSY]: 'busy',
  [AgentStatus.AWAY]: 'away',
  [AgentStatus.WRAP_UP]: 'wrap_up',
};

/** What colleagues see of somebody: their status, as far as they are connected at all. */
export function presence(agent: Agent | undefined): Presence {
  return agent?.online ? WORDS[agent.status] : 'offline';
}

/** The status that somebody chose, connected or not. */
export function statusWord(status: AgentStatus): Presence {
  return WORDS[status];
}

/** Free first, then by load, then by name: the order in which one looks for help. */
export function byAvailability(a: Agent, b: Agent): number {
  const rank = { free: 0, wrap_up: 1, busy: 2, away: 3, offline: 4 };
  return (
    rank[presence(a)] - rank[presence(b)] || a.load - b.load || a.name.localeCompare(b.name, 'zh')
  );
}
