import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { IconButton } from './button';

export interface ToastInit {
  title: string;
  text?: string;
  tone?: 'ok' | 'bad';
  /** One button, such as Undo. The toast then stays longer. */
  action?: { label: string; onClick: () => void };
}

interface ToastEntry extends ToastInit {
  id: number;
}

let entries: ToastEntry[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function update(next: ToastEntry[]): void {
  entries = next;
  listeners.forEach((listener) => listener());
}

function dismiss(id: number): void {
  update(entries.filter((entry) => entry.id !== id));
}

/** Says something without taking focus: bottom right, and to screen readers through a live region. */
export function toast(init: ToastInit): void {
  update([...entries.slice(-3), { ...init, id: nextId++ }]);
}

function ToastCard({ entry }: { entry: ToastEntry }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = window.setTimeout(() => dismiss(entry.id), entry.action ? 15_000 : entry.tone === 'bad' ? 10_000 : 6_000);
    return () => window.clearTimeout(timer);
  }, [held, entry]);
  return (
    // Resting on it holds it open; that is no interaction a keyboard would need.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="pointer-events-auto flex w-full animate-pop items-start gap-2.5 rounded-lg border bg-raised py-2.5 pr-2 pl-3 text-sm shadow-high"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {entry.tone === 'bad' ? (
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      ) : (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
      )}
      <div className="min-w-0 flex-1 py-px">
        <p className="font-[550] break-words">{entry.title}</p>
        {entry.text && <p className="text-fg2">{entry.text}</p>}
      </div>
      {entry.action && (
        <button
          type="button"
          className="rounded-sm px-2 py-0.5 font-[550] text-accent hover:bg-accent-weak"
          onClick={() => {
            entry.action?.onClick();
            dismiss(entry.id);
          }}
        >
          {entry.action.label}
        </button>
      )}
      <IconButton label="Dismiss" className="-my-1" onClick={() => dismiss(entry.id)}>
        <X />
      </IconButton>
    </div>
  );
}

/** The place where toasts appear; stands once at the root. */
export function Toaster() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => entries,
  );
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      aria-relevant="additions"
      className="pointer-events-none fixed right-4 bottom-4 z-80 flex w-[360px] max-w-[calc(100vw-32px)] flex-col gap-2"
    >
      {shown.map((entry) => (
        <ToastCard key={entry.id} entry={entry} />
      ))}
    </section>
  );
}
