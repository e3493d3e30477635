import type { ReactNode } from 'react';

/** One component: its name and its states. */
export function Show({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section aria-label={name} className="flex flex-col gap-3 border-t pt-4">
      <h2>{name}</h2>
      {children}
    </section>
  );
}

/** States side by side, in a line that wraps. */
export function Row({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-3">{children}</div>;
}

/** States in columns of equal width. */
export function Grid({ children }: { children: ReactNode }) {
  return <div className="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-3">{children}</div>;
}
