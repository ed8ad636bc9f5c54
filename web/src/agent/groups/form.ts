import { GroupStrategy, type Group } from '@kefu/sdk/proto/group';
import type { GroupFields } from './api';

/** What a key may be; the server holds it the same way. */
export const KEY = /^[a-z0-9_-]{1,64}$/;
/** Levels of who is chosen first time. */
const LEVEL_BEST = 1;
const OVERFLOW_AFTER_S = 60;

/** What stands in the form; ids are text, as inputs have them. */
export interface GroupForm {
  key: string;
  name: string;
  strategy: GroupStrategy;
  /** Of the group that helps; empty for none. */
  overflow: string;
  overflowAfterS: number;
  capacity: number;
  manualAccept: boolean;
  /** Key of its hours; empty for everybody's. */
  calendar: string;
  /** What it promises of its own, 0 for nothing; null as an empty input has it: what everybody does. */
  firstReplyS: number | null;
  resolutionMinutes: number | null;
  /** By agent. */
  levels: Record<string, number>;
}

export function formOf(group: Group | undefined): GroupForm {
  const overflow = group?.overflowGroupId;
  return {
    key: group?.key ?? '',
    name: group?.name ?? '',
    strategy: group?.strategy ?? GroupStrategy.LEAST_LOADED,
    overflow: overflow === undefined ? '' : String(overflow),
    overflowAfterS: overflow === undefined ? OVERFLOW_AFTER_S : (group?.overflowAfterS ?? 0),
    capacity: group?.capacity ?? 0,
    manualAccept: group?.manualAccept ?? false,
    calendar: group?.calendar ?? '',
    firstReplyS: group?.firstReplyS ?? null,
    resolutionMinutes: group?.resolutionMinutes ?? null,
    levels: Object.fromEntries(
      (group?.members ?? []).map(({ agentId, level }) => [String(agentId), level]),
    ),
  };
}

/** What is asked of the server: numbers that are none are none there either. */
export function fieldsOf(form: GroupForm, group: Group | undefined): GroupFields {
  const whole = (value: number) => Math.max(0, Math.round(value || 0));
  const own = (value: number | null) => (value === null ? undefined : whole(value));
  return {
    key: form.key,
    name: form.name.trim(),
    strategy: form.strategy,
    overflowGroupId: form.overflow === '' ? undefined : BigInt(form.overflow),
    overflowAfterS: form.overflow === '' ? 0 : whole(form.overflowAfterS),
    capacity: whole(form.capacity),
    manualAccept: form.manualAccept,
    calendar: form.calendar,
    firstReplyS: own(form.firstReplyS),
    resolutionMinutes: own(form.resolutionMinutes),
    members: Object.entries(form.levels).map(([id, level]) => ({ agentId: BigInt(id), level })),
    disabled: group?.disabled ?? false,
  };
}

/** The same with this agent in it, at the best level, or without. */
export function levelled(levels: Record<string, number>, id: string): Record<string, number> {
  const { [id]: known, ...others } = levels;
  return known === undefined ? { ...levels, [id]: LEVEL_BEST } : others;
}
