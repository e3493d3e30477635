import { describe, expect, it } from 'vitest';
import { daysLeft, duration, relativeTime, timeLeft } from './time';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const MIN = 60_000;
const H = 60 * MIN;
const D = 24 * H;

describe('relativeTime', () => {
  it.each([
    [-10_000, 'just now'],
    [-2 * MIN, '2 min ago'],
    [-3 * H, '3 h ago'],
    [-26 * H, 'yesterday'],
    [-2 * D, '2 d ago'],
    [5 * MIN, 'in 5 min'],
    [6 * D, 'in 6 d'],
  ])('%i ms from now is "%s"', (offset, text) => {
    expect(relativeTime(at(offset), NOW)).toBe(text);
  });

  it('gives the date of what is long past', () => {
    expect(relativeTime('2026-09-21T10:00:00Z', NOW)).toMatch(/21 Sept?/);
    expect(relativeTime('2025-09-21T10:00:00Z', NOW)).toContain('2025');
  });

  it('shows what is no time as it stands', () => {
    expect(relativeTime('soon', NOW)).toBe('soon');
  });
});

it('tells how much is left, never less than nothing', () => {
  expect(timeLeft(at(6 * D), NOW)).toBe('6 d');
  expect(timeLeft(at(-D), NOW)).toBe('0 min');
  expect([at(7 * D - 1000), at(D / 3)].map((each) => daysLeft(each, NOW))).toEqual(['7 days', '1 day']);
});

it('words durations by their size', () => {
  expect([340, 2400, 59_000, 200_000, 120_000].map(duration)).toEqual(['340 ms', '2.4 s', '59 s', '3 min 20 s', '2 min']);
});
