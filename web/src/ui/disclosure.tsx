import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

/** More for those who want it, folded under one line. */
export function Disclosure({ summary, children, className }: { summary: ReactNode; children: ReactNode; className?: string }) {
  return (
    <details className={cn('group/disclosure text-sm text-fg2', className)}>
      <summary className="flex w-fit list-none items-center gap-1 rounded-sm font-medium hover:text-fg [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 shrink-0 text-fg3 transition-transform group-open/disclosure:rotate-90" />
        {summary}
      </summary>
      <div className="mt-2 pl-[18px]">{children}</div>
    </details>
  );
}
