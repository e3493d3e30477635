import { Popover as Radix, Slot } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { cn } from '@/lib/cn';

export interface PopoverProps {
  trigger: ReactNode;
  /** Accessible name of the panel. */
  label: string;
  children: ReactNode;
  align?: 'start' | 'end' | 'center';
  className?: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/**
 * A small panel beside its trigger (a button); Escape closes it and focus goes back. Until it is opened first it is no
 * more than its trigger: a list has one a row.
 */
export function Popover({ trigger, label, children, align = 'start', className, open, onOpenChange }: PopoverProps) {
  const [opened, setOpened] = useState(false);
  const [own, setOwn] = useState(false);
  const shown = open ?? own;
  const change = (next: boolean): void => {
    setOwn(next);
    onOpenChange?.(next);
  };
  if (shown && !opened) setOpened(true);
  if (!opened && !shown) {
    return (
      <Slot.Root aria-haspopup="dialog" aria-expanded={false} onClick={() => change(true)}>
        {trigger}
      </Slot.Root>
    );
  }
  return (
    <Radix.Root open={shown} onOpenChange={change}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={10}
          aria-label={label}
          className={cn(
            'z-50 w-[320px] max-w-[calc(100vw-20px)] animate-pop rounded-lg border bg-raised p-4 text-sm shadow-high outline-none',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const PopoverClose = Radix.Close;
