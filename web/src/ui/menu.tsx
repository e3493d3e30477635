import { Check } from 'lucide-react';
import { DropdownMenu as Radix, Slot } from 'radix-ui';
import { createContext, use, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { cn } from '@/lib/cn';

const panel =
  'z-60 min-w-[200px] max-w-[320px] animate-pop overflow-y-auto max-h-(--radix-dropdown-menu-content-available-height) rounded-lg border bg-raised p-1 shadow-high outline-none';
const row =
  'flex items-center gap-2.5 rounded-sm px-2 py-[7px] text-sm outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-fg3';

export interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end' | 'center';
  side?: 'top' | 'bottom' | 'right' | 'left';
  className?: string;
  label?: string;
  /** Called when it opens: time to load what its items lead to. */
  onOpen?: () => void;
}

/** The chosen command; it runs once the menu has given focus back to its button, so that a dialog it opens
 * returns focus there and not to an item that is gone. */
const PendingContext = createContext<RefObject<(() => void) | null> | null>(null);

/** A menu of commands opened by `trigger` (a button). Until it is opened first it is no more than that: a list has one a row. */
export function Menu({ trigger, children, align = 'end', side = 'bottom', className, label, onOpen }: MenuProps) {
  const pending = useRef<(() => void) | null>(null);
  const [opened, setOpened] = useState(false);
  if (!opened) {
    const begin = (): void => {
      setOpened(true);
      onOpen?.();
    };
    return (
      <Slot.Root
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={begin}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          begin();
        }}
      >
        {trigger}
      </Slot.Root>
    );
  }
  return (
    <Radix.Root modal={false} defaultOpen onOpenChange={(open) => open && onOpen?.()}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        {/* What is drawn at the end of the page belongs to a landmark too. */}
        <div role="region" aria-label="Menu">
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          {...(label ? { 'aria-label': label, 'aria-labelledby': undefined } : {})}
          className={cn(panel, className)}
          onCloseAutoFocus={() => {
            const action = pending.current;
            pending.current = null;
            if (action) window.setTimeout(action);
          }}
        >
          <PendingContext value={pending}>{children}</PendingContext>
        </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface MenuItemProps {
  icon?: ReactNode;
  children: ReactNode;
  onSelect?: () => void;
  danger?: boolean;
  disabled?: boolean;
  hint?: ReactNode;
}

/** One command. */
export function MenuItem({ icon, children, onSelect, danger, disabled, hint }: MenuItemProps) {
  const pendingRef = use(PendingContext);
  const looks = cn(row, danger && 'text-bad [&_svg]:text-bad data-[highlighted]:bg-bad-weak');
  return (
    <Radix.Item className={looks} disabled={disabled ?? false}
      onSelect={() => {
        if (pendingRef) pendingRef.current = onSelect ?? null;
      }}
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint}
    </Radix.Item>
  );
}

/** A choice among several inside a menu. */
export function MenuRadio<V extends string>({
  value,
  onValueChange,
  options,
}: {
  value: V;
  onValueChange: (value: V) => void;
  options: readonly { value: V; label: string; icon?: ReactNode }[];
}) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onValueChange(next as V)}>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={row}>
          {option.icon}
          <span className="flex-1 truncate">{option.label}</span>
          <Radix.ItemIndicator>
            <Check className="text-fg!" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1.5 text-xs font-[550] text-fg3">{children}</Radix.Label>;
}
