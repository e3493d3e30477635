const EVERY = 20_000;
/** How old the time may be where nothing renews it. */
const STALE = 1_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/**
 * The time now, shared by all that show one. While nobody listens nothing renews it, so a reader does, but not at every
 * reading: React wants the same answer twice in a row.
 */
export function readClock(): number {
  if (timer === undefined && Math.abs(Date.now() - now) > STALE) now = Date.now();
  return now;
}

/** Calls `listener` at each renewal, every 20 s. */
export function watchClock(listener: () => void): () => void {
  readClock();
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((each) => each());
  }, EVERY);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
