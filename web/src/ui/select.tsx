import { Check, ChevronDown } from 'lucide-react';
import { Select as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
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

/** One choice out of a short list. For long lists use a combobox. */
export function Select<V extends string>({ value, onValueChange, options, label, small, disabled, className }: SelectProps<V>) {
  const field = useFieldProps();
  return (
    <Radix.Root value={value} onValueChange={(next) => onValueChange(next as V)} disabled={disabled ?? false}>
      <Radix.Trigger
        {...field}
        aria-label={label}
        className={cn(
          controlLooks,
          'flex items-center justify-between gap-2 text-left data-[state=open]:border-accent',
          small && 'h-7 w-auto text-sm',
          className,
        )}
      >
        <span className="truncate">
          <Radix.Value />
        </span>
        <ChevronDown aria-hidden className="size-3.5 shrink-0 text-fg3" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-60 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) animate-pop overflow-hidden rounded-lg border bg-raised p-1 shadow-high"
        >
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className="flex items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none select-none data-[highlighted]:bg-accent-weak"
              >
                <span className="min-w-0 flex-1">
                  <Radix.ItemText>{option.label}</Radix.ItemText>
                  {option.hint && <span className="block text-xs text-fg3">{option.hint}</span>}
                </span>
                <Radix.ItemIndicator>
                  <Check className="size-4" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
