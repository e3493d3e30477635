import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';

export type Tone = 'ok' | 'warn' | 'bad' | 'accent' | 'neutral';

const tones: Record<Tone, string> = {
  ok: 'bg-ok-weak text-ok',
  warn: 'bg-warn-weak text-warn',
  bad: 'bg-bad-weak text-bad',
  accent: 'bg-accent-weak text-accent',
  neutral: 'bg-sunken text-fg2 ring-1 ring-line ring-inset',
};

/** The looks of a pill, for elements that are not a span (a button that opens a popover). */
export function pillLooks(tone: Tone): string {
  return cn(
    'inline-flex items-center gap-[5px] rounded-full py-[2px] pr-[9px] pl-[7px] text-xs font-[550] whitespace-nowrap [&_svg]:size-[13px] [&_svg]:shrink-0',
    tones[tone],
  );
}

/** A status: colour, icon and word together. */
export function Pill({ tone, icon, children, className, ...rest }: { tone: Tone; icon?: ReactNode } & ComponentProps<'span'>) {
  return (
    <span className={cn(pillLooks(tone), !icon && 'pl-[9px]', className)} {...rest}>
      {icon}
      {children}
    </span>
  );
}
