import { Command } from 'cmdk';
import { Check, ChevronsUpDown } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useId, useState, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { controlLooks, useFieldProps } from './field';

export interface ComboboxOption {
  value: string;
  label: string;
  /** Second line. */
  hint?: ReactNode;
  icon?: ReactNode;
  /** More words the search finds it by. */
  keywords?: string[];
  end?: ReactNode;
  disabled?: boolean;
}

export interface ComboboxProps {
  value: string | null;
  onValueChange: (value: string) => void;
  options: readonly ComboboxOption[];
  /** Accessible name; not needed inside a Field. */
  label?: string;
  placeholder?: string;
  searchLabel?: string;
  empty?: string;
  /** Stays visible under the options, e.g. "+ New Connection". */
  pinned?: { label: string; icon?: ReactNode; onSelect: () => void };
  /** Replaces the usual trigger; must be a button. */
  trigger?: ReactNode;
  loading?: boolean;
  disabled?: boolean;
  align?: 'start' | 'end';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Searching is done by the caller (server-side). */
  onSearch?: (text: string) => void;
  /** There are others, which a search would find. */
  more?: boolean;
  /** The chosen one, where the search may have left it out of `options`. */
  current?: ComboboxOption | undefined;
}

/**
 * The marked line of a list whose options come from a search elsewhere: the first, also when better ones arrive above it,
 * until somebody moves. `of`: what was searched for. Both are what cmdk's `Command` takes.
 */
export function useMarked(ids: readonly string[], of: string) {
  const [moved, setMoved] = useState<{ to: string; of: string } | null>(null);
  return {
    value: moved && moved.of === of && ids.includes(moved.to) ? moved.to : (ids[0] ?? ''),
    onValueChange: (to: string) => setMoved(to === ids[0] ? null : { to, of }),
  };
}

const PINNED = 'pinned command';

/** One choice out of a list with search; the list opens under the trigger. */
export function Combobox({
  value,
  onValueChange,
  options,
  label,
  placeholder = 'Choose…',
  searchLabel = 'Search',
  empty = 'Nothing matches',
  pinned,
  trigger,
  loading,
  disabled,
  align = 'start',
  open: openOutside,
  onOpenChange,
  onSearch,
  more,
  current: known,
}: ComboboxProps) {
  const field = useFieldProps();
  const panel = useId();
  const [openInside, setOpenInside] = useState(false);
  const open = openOutside ?? openInside;
  const [text, setText] = useState('');
  const search = (next: string): void => {
    setText(next);
    onSearch?.(next);
  };
  const valueOf = (option: ComboboxOption): string => (onSearch ? option.value : `${option.label} ${option.value}`);
  const marked = useMarked([...options.map(valueOf), ...(pinned ? [PINNED] : [])], text);
  const setOpen = (next: boolean): void => {
    setOpenInside(next);
    onOpenChange?.(next);
    if (!next) search('');
  };
  const current = options.find((option) => option.value === value) ?? (known?.value === value ? known : undefined);
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild disabled={disabled ?? false}>
        {trigger ?? (
          <button
            type="button"
            role="combobox"
            aria-expanded={open}
            aria-controls={panel}
            {...field}
            aria-label={label}
            className={cn(controlLooks, 'flex items-center gap-2 text-left', open && 'border-accent ring-3 ring-accent-weak')}
          >
            {current?.icon}
            <span className={cn('min-w-0 flex-1 truncate', !current && 'text-fg3')}>{current?.label ?? placeholder}</span>
            {current?.end}
            <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-fg3" />
          </button>
        )}
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          id={panel}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label ?? searchLabel}
          className="z-60 w-(--radix-popover-trigger-width) max-w-[calc(100vw-16px)] min-w-[260px] animate-pop rounded-lg border bg-raised shadow-high outline-none"
        >
          <Command label={searchLabel} {...(onSearch ? { shouldFilter: false, ...marked } : {})} className="flex max-h-[min(380px,var(--radix-popover-content-available-height))] flex-col">
            <Command.Input
              placeholder={searchLabel}
              {...(onSearch ? { value: text, onValueChange: search } : {})}
              className="h-10 shrink-0 border-b bg-transparent px-3 text-sm outline-none"
            />
            <Command.List className="min-h-0 flex-1 overflow-y-auto p-1">
              {loading ? (
                <Remark>Loading…</Remark>
              ) : (
                <Command.Empty>
                  <Remark>{empty}</Remark>
                </Command.Empty>
              )}
              {options.map((option) => (
                <Command.Item
                  key={option.value}
                  value={valueOf(option)}
                  keywords={option.keywords ?? []}
                  disabled={option.disabled ?? false}
                  onSelect={() => {
                    onValueChange(option.value);
                    setOpen(false);
                  }}
                  className="flex items-center gap-2.5 rounded-sm px-2 py-[7px] text-sm data-[disabled=true]:opacity-50 data-[selected=true]:bg-accent-weak"
                >
                  {option.icon}
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-medium">{option.label}</span>
                    {option.hint && <span className="block truncate text-xs text-fg3">{option.hint}</span>}
                  </span>
                  {option.end}
                  {option.value === value && <Check aria-hidden className="size-4 shrink-0" />}
                </Command.Item>
              ))}
              {more && <Remark>There are more: search for a name or an account.</Remark>}
              {pinned && (
                <Command.Item
                  forceMount
                  value={PINNED}
                  onSelect={() => {
                    setOpen(false);
                    pinned.onSelect();
                  }}
                  className="sticky -bottom-1 -mx-1 -mb-1 flex items-center gap-2.5 border-t bg-raised px-3 py-2.5 text-sm font-[550] text-accent data-[selected=true]:bg-accent-weak [&_svg]:size-4"
                >
                  {pinned.icon}
                  {pinned.label}
                </Command.Item>
              )}
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A line in place of options. An option itself, since a listbox may hold nothing else. */
function Remark({ children }: { children: ReactNode }) {
  return (
    <div role="option" aria-selected={false} aria-disabled tabIndex={-1} className="px-2 py-3 text-sm text-fg3">
      {children}
    </div>
  );
}
