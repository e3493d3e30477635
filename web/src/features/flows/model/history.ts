/** Undo and redo over whole values. */
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** What the last change was about and when: changes about the same thing in quick succession are undone as one. */
  last: { about: string; at: number } | null;
}

const KEPT = 100;
const PAUSE = 1200;

export function startHistory<T>(present: T): History<T> {
  return { past: [], present, future: [], last: null };
}

/** A new present. `about` null is never joined with the change before. */
export function change<T>(history: History<T>, next: T, about: string | null, at: number): History<T> {
  if (Object.is(next, history.present)) return history;
  const joined = about !== null && history.last?.about === about && at - history.last.at < PAUSE;
  return {
    past: joined ? history.past : [...history.past, history.present].slice(-KEPT),
    present: next,
    future: [],
    last: about === null ? null : { about, at },
  };
}

export function undo<T>(history: History<T>): History<T> {
  const previous = history.past.at(-1);
  if (previous === undefined) return history;
  return { past: history.past.slice(0, -1), present: previous, future: [history.present, ...history.future], last: null };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...rest] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future: rest, last: null };
}
