import { ChevronRight } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import type { AppSummary } from '@/api/types';
import { cn } from '@/lib/cn';
import { shortCount } from '@/lib/text';
import { SearchInput } from '@/ui/field';
import { Skeleton } from '@/ui/states';

/** One line of a palette. */
export interface PaletteItem {
  key: string;
  group: string;
  title: string;
  text: string;
  icon: ReactNode;
  /** At the right, for an item that leads on to others. */
  end?: ReactNode;
  onPick: () => void;
}

/** At the right of an app: how much it offers and, once there are any, its connections. */
export function AppCounts({ offers, connected }: { offers: string; connected: number | undefined }) {
  return (
    <span className="shrink-0 text-right text-xs whitespace-nowrap text-fg3">
      <span className="block">{offers}</span>
      {connected ? <span className="block">{shortCount(connected)} connected</span> : null}
    </span>
  );
}

/** How many apps a palette shows at most. */
export const MOST = 60;

/** How well an app answers a search: exact name, beginning, alias, word, anywhere, category, description. */
export function rankApp(app: AppSummary, q: string): number {
  const name = app.name.toLowerCase();
  if (name === q || app.slug === q) return 0;
  if (name.startsWith(q)) return 1;
  if (app.aliases?.some((alias) => alias.toLowerCase().startsWith(q))) return 2;
  if (name.includes(` ${q}`)) return 3;
  if (name.includes(q)) return 4;
  if (app.category.toLowerCase().startsWith(q)) return 5;
  if (app.description.toLowerCase().includes(q)) return 6;
  return Infinity;
}

/** A search field over a list; the arrows move through the list while focus stays in the field. */
export function Palette({
  inputRef,
  autoFocus = false,
  label,
  search,
  onSearch,
  onBack,
  items,
  loading,
  error,
  empty,
}: {
  inputRef?: RefObject<HTMLInputElement | null>;
  autoFocus?: boolean;
  label: string;
  search: string;
  onSearch: (text: string) => void;
  /** Backspace in the empty field goes back. */
  onBack?: () => void;
  items: readonly PaletteItem[];
  loading: boolean;
  error: ReactNode;
  empty: ReactNode;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState({ key: '', search });
  // A new search starts at its best answer.
  const current = at.search === search ? Math.max(0, items.findIndex((item) => item.key === at.key)) : 0;
  const move = (to: number): void => {
    const item = items[Math.max(0, Math.min(items.length - 1, to))];
    if (item) setAt({ key: item.key, search });
  };
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current, search]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + 8, PageUp: current - 8 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      items[current]?.onPick();
    } else if (event.key === 'Backspace' && search === '' && onBack) {
      event.preventDefault();
      onBack();
    }
  };
  return (
    <div className="flex min-h-0 flex-col gap-3">
      <SearchInput
        ref={inputRef}
        big
        autoFocus={autoFocus}
        label={label}
        value={search}
        onValueChange={onSearch}
        onKeyDown={onKeyDown}
        aria-controls={`${id}-list`}
        aria-activedescendant={items[current] ? `${id}-${current}` : undefined}
      />
      {error ?? (
        <div ref={list} id={`${id}-list`} role="listbox" aria-label={label} className="-mx-2 h-[min(420px,56dvh)] overflow-y-auto">
          {loading ? (
            <div role="presentation" className="flex flex-col gap-2 p-2">
              {[0, 1, 2, 3, 4].map((each) => (
                <Skeleton key={each} className="h-11" />
              ))}
            </div>
          ) : items.length === 0 ? (
            <p role="presentation" className="px-2 py-6 text-center text-fg2">
              {empty}
            </p>
          ) : (
            items.map((item, index) => (
              <div key={item.key} role="presentation">
                {items[index - 1]?.group !== item.group && (
                  <p role="presentation" className="px-2 pt-3 pb-1 text-xs font-[550] text-fg3">
                    {item.group}
                  </p>
                )}
                {/* Focus stays in the search field, which handles the keys. */}
                {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events */}
                <div
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === current}
                  onClick={item.onPick}
                  onMouseMove={() => {
                    if (index !== current) setAt({ key: item.key, search });
                  }}
                  className={cn('flex cursor-pointer items-center gap-3 rounded-md px-2 py-1.5', index === current && 'bg-accent-weak')}
                >
                  {item.icon}
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-[550]">{item.title}</span>
                    <span className="block truncate text-xs text-fg3">{item.text}</span>
                  </span>
                  {item.end}
                  {item.end && <ChevronRight aria-hidden className="size-4 shrink-0 text-fg3" />}
                </div>
              </div>
            ))
          )}
        </div>
      )}
    </div>
  );
}
