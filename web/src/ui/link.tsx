import { ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

/** The looks of a link inside text. */
export const linkLooks = 'rounded-sm font-medium text-accent underline-offset-2 hover:underline';

/** A link to another site, in a new tab that cannot reach back. */
export function OutLink({ href, children, className }: { href: string; children: ReactNode; className?: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className={cn(linkLooks, 'inline-flex items-center gap-1', className)}>
      {children}
      <ExternalLink aria-hidden className="size-3 shrink-0" />
      <span className="sr-only">(opens a new tab)</span>
    </a>
  );
}
