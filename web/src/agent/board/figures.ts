import type { Board, BoardAgent, BoardDay, BoardHour } from '@kefu/sdk/proto/board';
import { AgentStatus, Role, SlaState } from '@kefu/sdk/proto/message';
import type { BoardWords } from '../../lib/i18n/board.zh';
import type { Presence } from '../state/presence';
import { statusWord } from '../state/presence';

/** One number of the day, worded. */
export interface Figure {
  id: string;
  label: string;
  value: string;
  detail?: string;
}

/** "0:45", "3:05", "1:02:09": as people read times that are compared, in every language. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** For how long it has been so that began at `sinceMs`, in whole seconds; undefined for 0, which is never. */
export function elapsed(sinceMs: bigint, nowMs: number): string | undefined {
  return sinceMs > 0n ? span(Math.floor((nowMs - Number(sinceMs)) / 1000)) : undefined;
}

/** What the day amounts to so far. A mean of nothing is no number. */
export function figures(day: BoardDay | undefined, m: BoardWords): Figure[] {
  if (!day) return [];
  const f = m.figures;
  const plain = (id: 'queued' | 'assigned' | 'served' | 'closed' | 'abandoned' | 'transfers') => ({
    id,
    label: f[id],
    value: String(day[id]),
  });
  const mean = (id: 'firstReply' | 'handling', ms: bigint, count: number) => ({
    id,
    label: f[id],
    value: count > 0 ? span(Number(ms) / 1000) : f.none,
  });
  const waits = [day.waitP50S, day.waitP90S, day.waitMaxS].map(span).join(' / ');
  const judged = day.slaKept + day.slaBroken;
  return [
    plain('queued'),
    plain('assigned'),
    { id: 'waits', label: f.waits, value: day.assigned > 0 ? waits : f.none },
    mean('firstReply', day.firstReplyMeanMs, day.replied),
    mean('handling', day.handlingMeanMs, day.served),
    plain('served'),
    plain('closed'),
    { id: 'botOnly', label: f.botOnly, value: String(day.botOnly) },
    plain('abandoned'),
    plain('transfers'),
    { id: 'missed', label: f.missed, value: f.missedOf(day.missed, day.offered) },
    {
      id: 'sla',
      label: f.sla,
      value: judged > 0 ? `${Math.floor((100 * day.slaKept) / judged)} %` : f.none,
      detail: judged > 0 ? f.slaOf(day.slaKept, day.slaBroken) : undefined,
    },
    {
      id: 'rating',
      label: f.rating,
      value: day.rated > 0 ? (day.scoreSum / day.rated).toFixed(1) : f.none,
      detail: day.rated > 0 ? f.ratingOf(day.rated) : undefined,
    },
  ];
}

/** How somebody is, as colleagues see it. */
export function presenceOf(agent: BoardAgent): Presence {
  return agent.online ? statusWord(agent.status) : 'offline';
}

/** Who can be helped first: those there before those gone, the fullest first, then by name. */
export function byLoad(a: BoardAgent, b: BoardAgent): number {
  const there = Number(b.online) - Number(a.online);
  return there || b.load - a.load || a.name.localeCompare(b.name, 'zh');
}

/** Agents, and whoever else is there or owns anything. */
export function shown(board: Board): BoardAgent[] {
  const works = (agent: BoardAgent) => agent.role === Role.AGENT || agent.online || agent.load > 0;
  return board.agents.filter(works).sort(byLoad);
}

/** A number of each hour from the first to the last one that has any, with 0 between. */
export function byHour(
  hours: readonly BoardHour[],
  read: (hour: BoardHour) => number,
): { hour: number; value: number }[] {
  const first = hours[0]?.hour ?? 0;
  const last = hours.at(-1)?.hour ?? -1;
  const known = new Map(hours.map((each) => [each.hour, read(each)]));
  return Array.from({ length: last - first + 1 }, (_, at) => ({
    hour: first + at,
    value: known.get(first + at) ?? 0,
  }));
}

/** Shares of the time of today in each state, in one order. */
export function shares(agent: BoardAgent): { status: AgentStatus; ms: number }[] {
  return [
    { status: AgentStatus.FREE, ms: Number(agent.freeMs) },
    { status: AgentStatus.BUSY, ms: Number(agent.busyMs) },
    { status: AgentStatus.WRAP_UP, ms: Number(agent.wrapUpMs) },
    { status: AgentStatus.AWAY, ms: Number(agent.awayMs) },
  ];
}

/** How a promise stands at a moment, between two words of the server about it. */
export function promise(
  { slaState, slaDueAtMs }: { slaState: SlaState; slaDueAtMs: bigint },
  nowMs: number,
): 'warned' | 'broken' | undefined {
  if (slaDueAtMs === 0n) return undefined;
  if (nowMs > Number(slaDueAtMs)) return 'broken';
  return slaState >= SlaState.WARNED ? 'warned' : undefined;
}
