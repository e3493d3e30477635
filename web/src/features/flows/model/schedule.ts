/** Schedules: the friendly forms people choose, the cron line they stand for, and when it comes due. */

export type Schedule =
  | { every: 'minutes'; n: number }
  | { every: 'hours'; n: number; minute: number }
  | { every: 'day'; hour: number; minute: number }
  | { every: 'week'; days: number[]; hour: number; minute: number }
  | { every: 'month'; day: number; hour: number; minute: number }
  | { every: 'cron'; cron: string };

export const MINUTES = [1, 2, 3, 5, 10, 15, 20, 30] as const;
export const HOURS = [1, 2, 3, 4, 6, 8, 12] as const;
/** Monday first; values as in cron. */
export const WEEKDAYS = [
  { value: 1, label: 'Monday', short: 'Mon' },
  { value: 2, label: 'Tuesday', short: 'Tue' },
  { value: 3, label: 'Wednesday', short: 'Wed' },
  { value: 4, label: 'Thursday', short: 'Thu' },
  { value: 5, label: 'Friday', short: 'Fri' },
  { value: 6, label: 'Saturday', short: 'Sat' },
  { value: 0, label: 'Sunday', short: 'Sun' },
] as const;

export function toCron(schedule: Schedule): string {
  switch (schedule.every) {
    case 'minutes':
      return schedule.n === 1 ? '* * * * *' : `*/${schedule.n} * * * *`;
    case 'hours':
      return schedule.n === 1 ? `${schedule.minute} * * * *` : `${schedule.minute} */${schedule.n} * * *`;
    case 'day':
      return `${schedule.minute} ${schedule.hour} * * *`;
    case 'week':
      return `${schedule.minute} ${schedule.hour} * * ${[...schedule.days].sort((a, b) => a - b).join(',')}`;
    case 'month':
      return `${schedule.minute} ${schedule.hour} ${schedule.day} * *`;
    case 'cron':
      return schedule.cron;
  }
}

const int = (text: string | undefined, from: number, to: number): number | null => {
  if (text === undefined || !/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= from && value <= to ? value : null;
};

/** The friendly form of a cron line, `cron` when there is none. */
export function fromCron(cron: string): Schedule {
  const [m, h, dom, mon, dow, ...more] = cron.trim().split(/\s+/);
  const raw: Schedule = { every: 'cron', cron };
  if (dow === undefined || more.length > 0 || mon !== '*') return raw;
  const minute = int(m, 0, 59);
  const hour = int(h, 0, 23);
  const everyMinutes = m === '*' ? 1 : int(/^\*\/(\d+)$/.exec(m ?? '')?.[1], 1, 59);
  const everyHours = h === '*' ? 1 : int(/^\*\/(\d+)$/.exec(h ?? '')?.[1], 1, 23);
  if (dom === '*' && dow === '*') {
    if (h === '*' && everyMinutes && (MINUTES as readonly number[]).includes(everyMinutes)) return { every: 'minutes', n: everyMinutes };
    if (minute !== null && everyHours && (HOURS as readonly number[]).includes(everyHours)) return { every: 'hours', n: everyHours, minute };
    if (minute !== null && hour !== null) return { every: 'day', hour, minute };
    return raw;
  }
  if (minute === null || hour === null) return raw;
  if (dom === '*') {
    const days = dow.split(',').map((day) => int(day, 0, 7));
    return days.every((day) => day !== null)
      ? { every: 'week', hour, minute, days: [...new Set(days.map((day) => (day as number) % 7))] }
      : raw;
  }
  const day = int(dom, 1, 31);
  return dow === '*' && day !== null ? { every: 'month', day, hour, minute } : raw;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** A schedule in words: "Every Monday and Friday at 09:00". */
export function scheduleWords(cron: string): string {
  const schedule = fromCron(cron);
  switch (schedule.every) {
    case 'minutes':
      return schedule.n === 1 ? 'Every minute' : `Every ${schedule.n} minutes`;
    case 'hours':
      return schedule.n === 1 ? `Every hour at ${two(schedule.minute)} past` : `Every ${schedule.n} hours at ${two(schedule.minute)} past`;
    case 'day':
      return `Every day at ${two(schedule.hour)}:${two(schedule.minute)}`;
    case 'week': {
      const names = WEEKDAYS.filter((day) => schedule.days.includes(day.value)).map((day) => day.short);
      return `Every ${names.join(', ')} at ${two(schedule.hour)}:${two(schedule.minute)}`;
    }
    case 'month':
      return `On day ${schedule.day} of the month at ${two(schedule.hour)}:${two(schedule.minute)}`;
    case 'cron':
      return cron;
  }
}

/** The values a cron field allows; null for forms that are left to the server (names, L, #, W). */
function field(text: string, from: number, to: number): Set<number> | null {
  const out = new Set<number>();
  for (const piece of text.split(',')) {
    const match = /^(\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(piece);
    if (!match) return null;
    const step = match[4] === undefined ? 1 : Number(match[4]);
    const low = match[1] === '*' ? from : Number(match[2]);
    const high = match[1] === '*' ? to : match[3] !== undefined ? Number(match[3]) : match[4] !== undefined ? to : low;
    if (step < 1 || low < from || high > to || low > high) return null;
    for (let value = low; value <= high; value += step) out.add(value);
  }
  return out;
}

/** Milliseconds that the zone's clock is ahead of UTC at a moment. */
function offset(zone: Intl.DateTimeFormat, at: number): number {
  const part = Object.fromEntries(zone.formatToParts(at).map((each) => [each.type, each.value]));
  const local = Date.UTC(
    Number(part['year']),
    Number(part['month']) - 1,
    Number(part['day']),
    Number(part['hour']),
    Number(part['minute']),
    Number(part['second']),
  );
  return local - Math.floor(at / 1000) * 1000;
}

/**
 * The next moments (epoch ms) a cron line comes due after `now` in a time zone. Null when the line has forms that
 * only the server reads, or the zone is unknown.
 */
export function nextRuns(cron: string, timezone: string, now: number, count: number): number[] | null {
  const texts = cron.trim().split(/\s+/);
  if (texts.length !== 5) return null;
  const [m, h, dom, mon, dow] = texts as [string, string, string, string, string];
  const minutes = field(m, 0, 59);
  const hours = field(h, 0, 23);
  const days = field(dom, 1, 31);
  const months = field(mon, 1, 12);
  const weekdays = field(dow, 0, 7);
  if (!minutes || !hours || !days || !months || !weekdays) return null;
  if (weekdays.has(7)) weekdays.add(0);
  let zone: Intl.DateTimeFormat;
  try {
    zone = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
  // When both day fields are narrowed, cron takes a day that fits either.
  const either = dom !== '*' && dow !== '*';
  const out: number[] = [];
  const start = new Date(now + offset(zone, now));
  const sortedHours = [...hours].sort((a, b) => a - b);
  const sortedMinutes = [...minutes].sort((a, b) => a - b);
  for (let ahead = 0; ahead < 366 * 5 && out.length < count; ahead += 1) {
    const date = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate() + ahead));
    const onDay = days.has(date.getUTCDate());
    const onWeekday = weekdays.has(date.getUTCDay());
    if (!months.has(date.getUTCMonth() + 1) || !(either ? onDay || onWeekday : onDay && onWeekday)) continue;
    for (const hour of sortedHours) {
      for (const minute of sortedMinutes) {
        const local = date.getTime() + (hour * 60 + minute) * 60_000;
        const guess = local - offset(zone, local - offset(zone, local));
        // A time the clock jumps over does not exist that day.
        if (guess + offset(zone, guess) !== local || guess <= now) continue;
        out.push(guess);
        if (out.length === count) return out;
      }
    }
  }
  return out;
}

/** Every time zone the browser knows, UTC first. */
export function timeZones(): string[] {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return ['UTC', ...known.filter((zone) => zone !== 'UTC')];
}

export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
