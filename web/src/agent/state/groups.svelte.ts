import type { Group } from '@kefu/sdk/proto/group';
import { problemCode, type Rest } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { GroupsApi } from '../groups/api';

/** The default group: everything falls into it that names no other. */
export const DEFAULT_GROUP = 0n;
/** What the service says of who left too many offers unanswered. */
const MISSED_OFFERS = 'missed_offers';

/** The tenant's groups and the reasons for being away, read at every connect. */
export class Groups {
  list = $state.raw<Group[]>([]);
  reasons = $state.raw<string[]>([]);
  /** Keys of the hours that a group may have. */
  calendars = $state.raw<string[]>([]);
  /** What groups promise that promise nothing of their own; 0: nothing. */
  firstReplyS = $state(0);
  resolutionMinutes = $state(0);
  readonly api: GroupsApi;
  /** Those to which something can be given. */
  readonly open = $derived.by(() => this.list.filter((group) => !group.disabled));

  constructor(rest: Rest) {
    this.api = new GroupsApi(rest);
  }

  async load(): Promise<void> {
    try {
      const listed = await this.api.list();
      this.list = listed.groups;
      this.reasons = listed.awayReasons;
      this.calendars = listed.calendars;
      this.firstReplyS = listed.firstReplyS;
      this.resolutionMinutes = listed.resolutionMinutes;
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    }
  }

  put(group: Group): void {
    const known = this.list.some((each) => each.id === group.id);
    this.list = known
      ? this.list.map((each) => (each.id === group.id ? group : each))
      : [...this.list, group];
  }

  /** As people read it; empty for a group that this page has not heard of. */
  name(id: bigint): string {
    const name = this.list.find((group) => group.id === id)?.name ?? '';
    return name || (id === DEFAULT_GROUP ? i18n.m.routing.defaultName : '');
  }
}

/** Why somebody is away, as people read it. */
export function reasonOf(reason: string): string {
  return reason === MISSED_OFFERS ? i18n.m.routing.missedOffers : reason;
}
