import { Check, ChevronDown } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { controlLooks, useFieldProps } from './field';

export interface SelectOption<V extends string> {
  value: V;
  label: string;
  hint?: ReactNode;
}

export interface SelectProps<V extends string> {
  value: V;
  onValueChange: (value: V) => void;
  options: readonly SelectOption<V>[];
  /** Accessible name; not needed inside a Field. */
  label?: string;
  small?: boolean;
  disabled?: boolean;
  className?: string;
}

/** How long letters typed one after another count as one word. */
const TYPING_MS = 700;

/**
 * One choice out of a short list. For long lists use a combobox. Focus stays on the control, which names the marked
 * option (the select-only combobox of the ARIA authoring practices), so that nothing behind it has to be hidden.
 */
export function Select<V extends string>({ value, onValueChange, options, label, small, disabled, className }: SelectProps<V>) {
  const field = useFieldProps();
  const list = useId();
  const [open, setOpenState] = useState(false);
  const [marked, setMarked] = useState(0);
  const typed = useRef({ text: '', at: 0 });
  const chosen = options.findIndex((option) => option.value === value);
  const current = options[chosen];

  const setOpen = (next: boolean): void => {
    if (next) setMarked(Math.max(0, chosen));
    setOpenState(next);
  };
  const choose = (at: number): void => {
    const option = options[at];
    setOpenState(false);
    if (option && option.value !== value) onValueChange(option.value);
  };
  const find = (key: string): number => {
    const now = Date.now();
    const text = now - typed.current.at < TYPING_MS ? typed.current.text + key : key;
    typed.current = { text, at: now };
    return options.findIndex((option) => option.label.toLowerCase().startsWith(text));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = options.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: Math.min(marked + 1, last),
      ArrowUp: Math.max(marked - 1, 0),
      Home: 0,
      End: last,
      PageDown: Math.min(marked + 10, last),
      PageUp: Math.max(marked - 10, 0),
    };
    const typing = typed.current.text !== '' && Date.now() - typed.current.at < TYPING_MS;
    if (event.key in moves) {
      event.preventDefault();
      if (open) setMarked(moves[event.key] ?? marked);
      else setOpen(true);
    } else if (event.key === 'Enter' || (event.key === ' ' && !typing)) {
      event.preventDefault();
      if (open) choose(marked);
      else setOpen(true);
    } else if (event.key === 'Tab') {
      if (open) choose(marked);
    } else if (event.key.length === 1) {
      const at = find(event.key.toLowerCase());
      if (!open) setOpen(true);
      if (at >= 0) setMarked(at);
    }
  };

  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild disabled={disabled ?? false}>
        <button
          type="button"
          role="combobox"
          aria-haspopup="listbox"
          aria-expanded={open}
          {...field}
          aria-controls={open ? list : undefined}
          aria-activedescendant={open ? `${list}-${marked}` : undefined}
          aria-label={label}
          onKeyDown={onKeyDown}
          className={cn(
            controlLooks,
            'flex items-center justify-between gap-2 text-left',
            open && 'border-accent ring-3 ring-accent-weak',
            small && 'h-7 w-auto text-sm',
            className,
          )}
        >
          <span className="truncate">{current?.label ?? ''}</span>
          <ChevronDown aria-hidden className="size-3.5 shrink-0 text-fg3" />
        </button>
      </Radix.Trigger>
      <Radix.Portal>
        {/* What is drawn at the end of the page belongs to a landmark too. */}
        <div role="region" aria-label="Choices">
          <Radix.Content
            id={list}
            role="listbox"
            aria-label={label ?? 'Choices'}
            align="start"
            sideOffset={4}
            collisionPadding={8}
            onOpenAutoFocus={(event) => event.preventDefault()}
            onCloseAutoFocus={(event) => event.preventDefault()}
            // Focus stays on the control.
            onMouseDown={(event) => event.preventDefault()}
            className="z-60 max-h-(--radix-popover-content-available-height) w-max max-w-[calc(100vw-16px)] min-w-(--radix-popover-trigger-width) animate-pop overflow-y-auto rounded-lg border bg-raised p-1 shadow-high outline-none"
          >
            {options.map((option, at) => (
              // Keys reach it through the control, which names it as its active descendant.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={option.value}
                id={`${list}-${at}`}
                role="option"
                tabIndex={-1}
                aria-selected={at === chosen}
                ref={at === marked ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
                onMouseMove={at === marked ? undefined : () => setMarked(at)}
                onClick={() => choose(at)}
                className={cn('flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 text-sm select-none', at === marked && 'bg-accent-weak')}
              >
                <span className="min-w-0 flex-1">
                  {option.label}
                  {option.hint && <span className="block max-w-[44ch] text-xs text-fg3">{option.hint}</span>}
                </span>
                <Check aria-hidden className={cn('size-4 shrink-0', at !== chosen && 'invisible')} />
              </div>
            ))}
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}
