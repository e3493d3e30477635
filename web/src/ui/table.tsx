import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';

/**
 * A table in a card. `label` names it. `fixed`: the columns have the widths their heads give and long text is cut, so
 * that no content can push the table out of the page; else it scrolls sideways where it must.
 */
export function Table({
  label,
  children,
  className,
  footer,
  fixed = false,
}: {
  label: string;
  children: ReactNode;
  className?: string;
  footer?: ReactNode;
  fixed?: boolean;
}) {
  return (
    <div className="rounded-lg border bg-surface shadow-low">
      <div className={cn(!fixed && 'overflow-x-auto lg:overflow-visible', className)}>
        <table aria-label={label} className={cn('w-full border-separate border-spacing-0', fixed && 'table-fixed')}>
          {children}
        </table>
      </div>
      {footer}
    </div>
  );
}

/** A column's head; with `sort` it is a button that changes the order. */
export function Th({
  children,
  sort,
  onSort,
  className,
  ...rest
}: { sort?: 'asc' | 'desc' | null; onSort?: () => void } & ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      aria-sort={sort === 'asc' ? 'ascending' : sort === 'desc' ? 'descending' : undefined}
      className={cn(
        'sticky top-0 z-10 h-9 border-b bg-surface px-3.5 max-lg:px-2.5 text-left text-xs font-[550] whitespace-nowrap text-fg3 first:rounded-tl-lg last:rounded-tr-lg max-md:top-0',
        className,
      )}
      {...rest}
    >
      {onSort ? (
        <button type="button" onClick={onSort} className="-mx-1 inline-flex items-center gap-1 rounded-sm px-1 hover:text-fg">
          {children}
          {sort === 'asc' && <ArrowUp aria-hidden className="size-3" />}
          {sort === 'desc' && <ArrowDown aria-hidden className="size-3" />}
        </button>
      ) : (
        children
      )}
    </th>
  );
}

export function Td({ className, ...rest }: ComponentProps<'td'>) {
  return <td className={cn('border-b px-3.5 py-[9px] align-middle max-lg:px-2.5 group-last/row:border-b-0', className)} {...rest} />;
}

export function Tr({ className, ...rest }: ComponentProps<'tr'>) {
  return <tr className={cn('group/row hover:bg-hover/60', className)} {...rest} />;
}

/** Under a list: how much is shown, Previous and Next. */
export function Pager({
  shown,
  onPrevious,
  onNext,
}: {
  shown: ReactNode;
  onPrevious?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
}) {
  return (
    <div className="flex items-center justify-between gap-3 rounded-b-lg border-t bg-sunken px-3.5 py-2">
      <span className="text-xs text-fg3 tabular-nums">{shown}</span>
      {(onPrevious || onNext) && (
        <span className="flex gap-1.5">
          <Button size="sm" variant={onPrevious ? 'default' : 'ghost'} disabled={!onPrevious} onClick={onPrevious}>
            Previous
          </Button>
          <Button size="sm" variant={onNext ? 'default' : 'ghost'} disabled={!onNext} onClick={onNext}>
            Next
          </Button>
        </span>
      )}
    </div>
  );
}
