import type { Catalogue } from './i18n/zh';

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Formatters are slow to make and are asked for by every row, so each is made once. */
function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let known = formatters.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, known);
  }
  return known;
}

const HOUR_MINUTE: Intl.DateTimeFormatOptions = {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};

function dayNumber(ms: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
}

export function sameDay(a: number, b: number): boolean {
  return dayNumber(a) === dayNumber(b);
}

/** "14:05", in the reader's zone. */
export function clockTime(ms: number, m: Catalogue): string {
  return formatter(m.locale, HOUR_MINUTE).format(ms);
}

/** A separator between messages: time today, "yesterday 14:05", or the date with the time. */
export function separatorTime(ms: number, nowMs: number, m: Catalogue): string {
  const time = clockTime(ms, m);
  const days = dayNumber(nowMs) - dayNumber(ms);
  if (days === 0) return time;
  if (days === 1) return `${m.time.yesterday} ${time}`;
  const sameYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  const options: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' };
  if (!sameYear) options.year = 'numeric';
  return `${formatter(m.locale, options).format(ms)} ${time}`;
}

/** The short time of a list row: time today, else the date. */
export function rowTime(ms: number, nowMs: number, m: Catalogue): string {
  const days = dayNumber(nowMs) - dayNumber(ms);
  if (days <= 0) return clockTime(ms, m);
  if (days === 1) return m.time.yesterday;
  return formatter(m.locale, { month: 'numeric', day: 'numeric' }).format(ms);
}

/** Date and time to the second, for details. */
export function fullTime(ms: number, m: Catalogue): string {
  return formatter(m.locale, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...HOUR_MINUTE,
    second: '2-digit',
  }).format(ms);
}

/** A span as its largest unit: "40 s", "3 min", "2 h", "5 days". */
export function duration(ms: number, m: Catalogue): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return m.time.seconds(seconds);
  if (seconds < 3600) return m.time.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return m.time.hours(Math.floor(seconds / 3600));
  return m.time.days(Math.floor(seconds / 86_400));
}

/** The reader's zone with its offset: "Asia/Shanghai (UTC+8)". */
export function zoneName(nowMs: number = Date.now()): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const minutes = -new Date(nowMs).getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${zone} (UTC${sign}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''})`;
}
