import { useSyncExternalStore } from 'react';

let text = '';
const listeners = new Set<() => void>();

/** Says `message` to screen readers without showing it. */
export function announce(message: string): void {
  // A trailing no-break space makes the same sentence twice in a row a change.
  text = text === message ? `${message}\u00a0` : message;
  listeners.forEach((listener) => listener());
}

/** The live region behind {@link announce}; stands once at the root. */
export function Announcer() {
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => text,
  );
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {current}
    </div>
  );
}
