import { describe, expect, it } from 'vitest';
import { fromCron, nextRuns, scheduleWords, toCron, type Schedule } from './schedule';

const iso = (times: number[] | null): string[] | null => times?.map((at) => new Date(at).toISOString()) ?? null;

describe('schedules', () => {
  it('are the same through cron and back', () => {
    const forms: Schedule[] = [
      { every: 'minutes', n: 1 },
      { every: 'minutes', n: 15 },
      { every: 'hours', n: 1, minute: 30 },
      { every: 'hours', n: 6, minute: 0 },
      { every: 'day', hour: 9, minute: 5 },
      { every: 'week', days: [1, 5], hour: 9, minute: 0 },
      { every: 'month', day: 31, hour: 0, minute: 0 },
      { every: 'cron', cron: '0 9 1-7 * 1' },
    ];
    for (const form of forms) expect(fromCron(toCron(form))).toEqual(form);
  });

  it('stay cron where there is no friendly form', () => {
    for (const cron of ['*/7 * * * *', '0 9 1 1 *', '0 9 1 * 1', '0 0 * * MON', 'nonsense', '* * * * * *', '0 25 * * *']) {
      expect(fromCron(cron).every, cron).toBe('cron');
    }
  });

  it('are said in words', () => {
    expect(scheduleWords('0 9 * * 1,5')).toBe('Every Mon, Fri at 09:00');
    expect(scheduleWords('*/15 * * * *')).toBe('Every 15 minutes');
    expect(scheduleWords('0 9 1-7 * 1')).toBe('0 9 1-7 * 1');
  });

  it('come due in their time zone', () => {
    const now = Date.parse('2026-11-23T10:00:00Z');
    expect(iso(nextRuns('0 9 * * *', 'Europe/Berlin', now, 2))).toEqual(['2026-11-24T08:00:00.000Z', '2026-11-25T08:00:00.000Z']);
    expect(iso(nextRuns('*/20 * * * *', 'UTC', now, 3))).toEqual([
      '2026-11-23T10:20:00.000Z',
      '2026-11-23T10:40:00.000Z',
      '2026-11-23T11:00:00.000Z',
    ]);
    expect(iso(nextRuns('0 0 31 * *', 'UTC', now, 2))).toEqual(['2026-12-31T00:00:00.000Z', '2027-01-31T00:00:00.000Z']);
    expect(iso(nextRuns('0 12 * * 7', 'UTC', now, 1))).toEqual(['2026-11-29T12:00:00.000Z']);
  });

  it('skip a time that the clock jumps over, and run once where it is set back', () => {
    // Central Europe: 2027-03-28 02:30 does not exist; 2026-10-25 02:30 exists twice.
    expect(iso(nextRuns('30 2 * * *', 'Europe/Berlin', Date.parse('2027-03-27T12:00:00Z'), 1))).toEqual(['2027-03-29T00:30:00.000Z']);
    expect(nextRuns('30 2 25 10 *', 'Europe/Berlin', Date.parse('2026-10-24T12:00:00Z'), 1)).toHaveLength(1);
  });

  it('leave to the server what it alone can read', () => {
    const now = Date.now();
    expect(nextRuns('0 9 * * MON', 'UTC', now, 1)).toBeNull();
    expect(nextRuns('0 9 L * *', 'UTC', now, 1)).toBeNull();
    expect(nextRuns('0 9 * * *', 'Nowhere/None', now, 1)).toBeNull();
    expect(nextRuns('61 9 * * *', 'UTC', now, 1)).toBeNull();
    expect(nextRuns('0 0 30 2 *', 'UTC', now, 1)).toEqual([]);
  });
});
