import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { useTooltip } from './tooltip';

function isCut(box: HTMLElement): boolean {
  // A link inside cuts its own text, so that its target ends where the text does.
  return [box, ...box.querySelectorAll('a, button')].some(
    (part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight + 1,
  );
}

/**
 * Text on one line (or `lines`), cut where there is no room; what was cut shows in a tooltip on hover and on focus of
 * the link or button inside. Its own direction is kept, so that an Arabic name reads right in an English row.
 */
export function Truncate({ text, lines = 1, className, children }: { text: string; lines?: 1 | 2; className?: string; children?: ReactNode }) {
  const tooltip = useTooltip<HTMLSpanElement>(text, 'top', isCut);
  return (
    <>
      <span {...tooltip.anchor} className={cn('block min-w-0', lines === 1 ? 'truncate' : 'line-clamp-2 break-words', className)}>
        <bdi>{children ?? text}</bdi>
      </span>
      {tooltip.panel}
    </>
  );
}
