import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readClock, watchClock } from './clock';

const START = Date.parse('2026-11-23T10:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells the time also when nobody has listened for long', () => {
  expect(readClock()).toBe(START);
  vi.setSystemTime(START + 120_000);
  expect(readClock()).toBe(START + 120_000);
});

it('is renewed by the first who listens after a pause', () => {
  watchClock(() => undefined)();
  vi.setSystemTime(START + 120_000);
  const stop = watchClock(() => undefined);
  expect(readClock()).toBe(START + 120_000);
  stop();
});

it('answers the same between two renewals', () => {
  const heard = vi.fn();
  const stop = watchClock(heard);
  vi.advanceTimersByTime(19_000);
  expect(readClock()).toBe(START);
  expect(heard).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(readClock()).toBe(START + 20_000);
  expect(heard).toHaveBeenCalledOnce();
  stop();
});

it('rests when the last has left', () => {
  const stops = [watchClock(() => undefined), watchClock(() => undefined)];
  stops[0]?.();
  expect(vi.getTimerCount()).toBe(1);
  stops[1]?.();
  expect(vi.getTimerCount()).toBe(0);
});
