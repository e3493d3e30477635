import { Tooltip as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

/** Goes once around the page: tooltips open after a short rest, the next one at once. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <Radix.Provider delayDuration={350} skipDelayDuration={200}>
      {children}
    </Radix.Provider>
  );
}

/** The dark box of a tooltip; stands in a `Radix.Root`. */
export function TooltipPanel({ children, side = 'top' }: { children: ReactNode; side?: 'top' | 'bottom' | 'right' | 'left' }) {
  return (
    <Radix.Portal>
      <Radix.Content
        side={side}
        sideOffset={5}
        collisionPadding={8}
        className="z-70 max-w-[min(360px,calc(100vw-16px))] animate-fade rounded-sm bg-fg px-2 py-1 text-xs break-words text-bg shadow-high select-none"
      >
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}

/** A short explanation shown on hover and on focus of its one child. */
export function Tooltip({ content, children, side = 'top' }: { content: ReactNode; children: ReactNode; side?: 'top' | 'bottom' | 'right' | 'left' }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <TooltipPanel side={side}>{content}</TooltipPanel>
    </Radix.Root>
  );
}
