import { enumName, type Json } from '@kefu/sdk/codec';
import { ActRequest_Action as Action, ActRequest_ActionSchema } from '@kefu/sdk/proto/chat';
import { GroupSchema, GroupsSchema, GroupStrategySchema, type Group } from '@kefu/sdk/proto/group';
import {
  AgentSchema,
  AgentStatusSchema,
  ConversationSchema,
  type AgentStatus,
} from '@kefu/sdk/proto/message';
import type { Rest } from '@kefu/sdk';

/** What is set of a group; `key` only of a new one. */
export type GroupFields = Omit<Group, 'id' | 'version'>;

/** The server's doors for groups, offers and reasons. Every method rejects with a `ProblemError`. */
export class GroupsApi {
  constructor(private readonly rest: Rest) {}

  list() {
    return this.rest.read(GroupsSchema, 'GET', '/groups');
  }

  create(fields: GroupFields) {
    return this.rest.read(GroupSchema, 'POST', '/groups', json(fields));
  }

  /** Replaces the group, if it still is as it was read. */
  update(group: Group, fields: GroupFields) {
    const body = { ...json(fields), version: String(group.version) };
    return this.rest.read(GroupSchema, 'PUT', `/groups/${group.id}`, body);
  }

  /** To the front of a group's line. */
  transfer(conversation: bigint, group: bigint) {
    return this.act(conversation, Action.TRANSFER, { groupId: String(group) });
  }

  /** Takes what is offered, or does not. */
  answer(conversation: bigint, yes: boolean) {
    return this.act(conversation, yes ? Action.ACCEPT : Action.DECLINE, {});
  }

  setStatus(status: AgentStatus, reason: string) {
    return this.rest.read(AgentSchema, 'PUT', '/me/status', {
      status: enumName(AgentStatusSchema, status),
      ...(reason ? { reason } : {}),
    });
  }

  private act(conversation: bigint, action: Action, more: Record<string, Json>) {
    return this.rest.read(ConversationSchema, 'POST', `/conversations/${conversation}/actions`, {
      action: enumName(ActRequest_ActionSchema, action),
      ...more,
    });
  }
}

function json(fields: GroupFields): Record<string, Json> {
  const { overflowGroupId, firstReplyS, resolutionMinutes, strategy, members, ...plain } = fields;
  return {
    ...plain,
    strategy: enumName(GroupStrategySchema, strategy),
    members: members.map(({ agentId, level }) => ({ agentId: String(agentId), level })),
    ...(overflowGroupId === undefined ? {} : { overflowGroupId: String(overflowGroupId) }),
    ...(firstReplyS === undefined ? {} : { firstReplyS }),
    ...(resolutionMinutes === undefined ? {} : { resolutionMinutes }),
  };
}
