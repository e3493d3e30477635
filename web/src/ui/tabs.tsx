import { Tabs as Radix } from 'radix-ui';
import { useLayoutEffect, useRef, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { cn } from '@/lib/cn';
import { shortCount } from '@/lib/text';
import { Truncate } from './truncate';

export interface TabItem<V extends string> {
  value: V;
  label: string;
  count?: number | undefined;
}

/** Scrolls a row of tabs, and only the row, until the chosen one is in sight: at first, when it changes and when the labels do. */
function useChosenInSight(row: RefObject<HTMLElement | null>, items: readonly TabItem<string>[], value: string): void {
  const labels = items.map((item) => `${item.label} ${item.count ?? ''}`).join();
  useLayoutEffect(() => {
    const chosen = row.current?.querySelector('[role=tab][aria-selected=true]')?.getBoundingClientRect();
    if (!row.current || !chosen) return;
    const { left, right } = row.current.getBoundingClientRect();
    if (chosen.left < left) row.current.scrollBy({ left: chosen.left - left });
    else if (chosen.right > right) row.current.scrollBy({ left: chosen.right - right });
  }, [row, labels, value]);
}

/** Tabs over panels: arrows move, the panel follows. Panels are {@link TabPanel}. */
export function Tabs<V extends string>({
  value,
  onValueChange,
  items,
  label,
  children,
}: {
  value: V;
  onValueChange: (value: V) => void;
  items: readonly TabItem<V>[];
  label: string;
  children: ReactNode;
}) {
  const list = useRef<HTMLDivElement>(null);
  useChosenInSight(list, items, value);
  return (
    <Radix.Root value={value} onValueChange={(next) => onValueChange(next as V)} className="flex flex-col gap-5">
      <Radix.List ref={list} aria-label={label} className="flex gap-5 overflow-x-auto border-b [scrollbar-width:none]">
        {items.map((item) => (
          <Radix.Trigger
            key={item.value}
            value={item.value}
            className="-mb-px border-b-2 border-transparent px-0.5 pb-2.5 text-sm font-[550] whitespace-nowrap text-fg2 hover:text-fg data-[state=active]:border-accent data-[state=active]:text-fg"
          >
            {item.label}
            {item.count !== undefined && <span className="ml-1.5 font-normal text-fg3 tabular-nums">{item.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {children}
    </Radix.Root>
  );
}

export function TabPanel({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Radix.Content value={value} className="outline-offset-4">
      {children}
    </Radix.Content>
  );
}

/** A row of views over one list ("All 24 · Needs attention 2"). A radio group in looks of tabs. */
export function Views<V extends string>({
  value,
  onValueChange,
  items,
  label,
  wrap = false,
}: {
  value: V;
  onValueChange: (value: V) => void;
  items: readonly TabItem<V>[];
  label: string;
  /** Many: in several lines where there is room for it. */
  wrap?: boolean;
}) {
  const list = useRef<HTMLDivElement>(null);
  useChosenInSight(list, items, value);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = items.findIndex((item) => item.value === value);
    const next =
      event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : step ? (at + step + items.length) % items.length : -1;
    const item = items[next];
    if (!item) return;
    event.preventDefault();
    onValueChange(item.value);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div ref={list} role="tablist" aria-label={label} tabIndex={-1} onKeyDown={move} className={cn('flex min-w-0 gap-0.5 overflow-x-auto p-px [scrollbar-width:none]', wrap && 'md:flex-wrap')}>
      {items.map((item) => {
        const on = item.value === value;
        return (
          <button
            key={item.value}
            type="button"
            role="tab"
            aria-selected={on}
            tabIndex={on ? 0 : -1}
            onClick={() => onValueChange(item.value)}
            className={cn(
              'rounded-sm px-2.5 py-1.5 text-sm font-medium whitespace-nowrap text-fg2 hover:text-fg',
              on && 'bg-surface text-fg ring-1 ring-line shadow-low',
            )}
          >
            {item.label}
            {item.count !== undefined && (
              <span className="ml-1.5 text-xs text-fg3 tabular-nums">{shortCount(item.count)}</span>
            )}
          </button>
        );
      })}
    </div>
  );
}

/** A choice between few, drawn as one control; more than three stand in rows. A radio group. */
export function Segmented<V extends string>({
  value,
  onValueChange,
  items,
  label,
  className,
}: {
  value: V;
  onValueChange: (value: V) => void;
  items: readonly { value: V; label: string }[];
  label: string;
  className?: string;
}) {
  const group = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = items.findIndex((item) => item.value === value);
    const next = (at + step + items.length) % items.length;
    const item = items[next];
    if (!item) return;
    onValueChange(item.value);
    group.current?.querySelectorAll<HTMLElement>('[role=radio]')[next]?.focus();
  };
  return (
    <div
      ref={group}
      role="radiogroup"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={move}
      className={cn(
        'rounded-md border bg-sunken p-[3px]',
        items.length > 3 ? 'grid grid-cols-[repeat(auto-fit,minmax(150px,1fr))] gap-px' : 'flex max-md:flex-wrap',
        className,
      )}
    >
      {items.map((item) => {
        const on = item.value === value;
        return (
          <button
            key={item.value}
            type="button"
            role="radio"
            aria-checked={on}
            tabIndex={on ? 0 : -1}
            onClick={() => onValueChange(item.value)}
            className={cn(
              'min-h-[30px] max-w-full min-w-22 flex-auto rounded-sm px-3 text-sm font-[550] text-fg2 hover:text-fg',
              items.length > 3 ? 'py-1 leading-tight' : 'whitespace-nowrap',
              on && 'bg-surface text-fg ring-1 ring-line shadow-low dark:bg-raised',
            )}
          >
            {items.length > 3 ? item.label : <Truncate text={item.label} />}
          </button>
        );
      })}
    </div>
  );
}
