import { plural } from './text';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function amount(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.round(ms / MINUTE))} min`;
  if (ms < 36 * HOUR) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

/** "just now", "2 min ago", "3 h ago", "yesterday", "in 6 d"; older than 30 days: the date. */
export function relativeTime(iso: string, now: number = Date.now()): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const past = now - at;
  if (Math.abs(past) < 45_000) return 'just now';
  if (past > 30 * DAY || past < -400 * DAY) return shortDate(iso, now);
  if (past > 0) {
    if (past >= 36 * HOUR) {
      const days = Math.round(past / DAY);
      return `${days} d ago`;
    }
    if (past >= 20 * HOUR) return 'yesterday';
    return `${amount(past)} ago`;
  }
  return `in ${amount(-past)}`;
}

/** The time left until `iso` without "in": "6 d", "40 min". Past: "0 min". */
export function timeLeft(iso: string, now: number = Date.now()): string {
  const left = Date.parse(iso) - now;
  return left <= 0 ? '0 min' : amount(left);
}

/** The whole days left until `iso`, in a sentence: "7 days"; never less than one. */
export function daysLeft(iso: string, now: number = Date.now()): string {
  return plural(Math.max(1, Math.round((Date.parse(iso) - now) / DAY)), 'day');
}

/** "12 Nov", with the year when it is not this one. */
export function shortDate(iso: string, now: number = Date.now()): string {
  const date = new Date(iso);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** "23 November 2026, 10:00:04 UTC+1": the full moment, for tooltips. */
export function absoluteTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleString('en-GB', {
        day: 'numeric',
        month: 'long',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        timeZoneName: 'short',
      });
}

/** "340 ms", "2.4 s", "3 min 20 s". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.floor(ms / MINUTE);
  const seconds = Math.round((ms - minutes * MINUTE) / 1000);
  return seconds ? `${minutes} min ${seconds} s` : `${minutes} min`;
}
