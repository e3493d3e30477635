import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { readClock, watchClock } from './clock';

/** `value` as it was once it has rested for `ms` milliseconds. */
export function useDebounced<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(value), ms);
    return () => window.clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

/** Whether a media query matches now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

const NARROW = '(max-width: 719.98px)';

/** Below 720 px: cards instead of rows, a drawer instead of the sidebar. */
export function useNarrow(): boolean {
  return useMedia(NARROW);
}

/** The same outside of a component, as it is now. */
export function isNarrow(): boolean {
  return window.matchMedia(NARROW).matches;
}

/** The time now, renewed every 20 s, shared by all that show one. */
export function useNow(): number {
  return useSyncExternalStore(watchClock, readClock);
}

/**
 * How many of a long list to draw: `first` at once, `step` more whenever the browser has nothing else to do, until `all`.
 * Between two steps the page answers to taps and typing.
 */
export function useDrawn(all: number, first: number, step: number): number {
  const [drawn, setDrawn] = useState(first);
  useEffect(() => {
    if (drawn >= all) return;
    const more = (): void => setDrawn((before) => before + step);
    // Safari has no idle callback.
    if (!('requestIdleCallback' in window)) {
      const timer = setTimeout(more, 30);
      return () => clearTimeout(timer);
    }
    const idle = window.requestIdleCallback(more, { timeout: 500 });
    return () => window.cancelIdleCallback(idle);
  }, [drawn, all, step]);
  return drawn;
}

/** Sets the page's title, "Connections · Patchbay". */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Patchbay` : 'Patchbay';
  }, [title]);
}

/** A function whose identity stays while what it does is always the latest. For event listeners. */
export function useEvent<A extends unknown[], R>(handler: (...args: A) => R): (...args: A) => R {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
