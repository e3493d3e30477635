import type { ReactNode } from 'react';

/** Terms and their values, one a line; stacked where there is no room. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line">{children}</dl>;
}

export function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-0.5 px-5 py-2.5 md:grid-cols-[140px_1fr] xl:grid-cols-[130px_1fr]">
      <dt className="text-sm text-fg3">{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
