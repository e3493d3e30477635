import { Link, type LinkProps } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTitle } from '@/lib/hooks';
import { cn } from '@/lib/cn';

/** A page's head: its title (focused when the route changes to it), one line of meaning, its actions. */
export function PageHead({
  title,
  lead,
  actions,
  before,
  documentTitle,
}: {
  title: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  /** Above the title: a way back. */
  before?: ReactNode;
  /** Title of the browser tab where `title` is not plain text. */
  documentTitle?: string | undefined;
}) {
  useTitle(documentTitle ?? (typeof title === 'string' ? title : undefined));
  return (
    <header className="flex flex-col gap-2">
      {before}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 md:flex-nowrap">
        <div className="min-w-0">
          <PageTitle>{title}</PageTitle>
          {lead && <p className="mt-0.5 text-fg2 wrap-anywhere">{lead}</p>}
        </div>
        {actions && <div className="flex shrink-0 flex-wrap items-center gap-2 max-md:w-full">{actions}</div>}
      </div>
    </header>
  );
}

let visited = false;

/** The page's `h1`. Takes focus on a change of route, so that keyboards and screen readers start there. */
export function PageTitle({ children, className }: { children: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Not on the first page: there the browser's own start at the top (and the skip link) is right.
    if (visited && (document.activeElement === document.body || document.activeElement?.closest('nav'))) {
      heading.current?.focus({ preventScroll: true });
    }
    visited = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={cn('wrap-anywhere', className)}>
      {children}
    </h1>
  );
}

/** The usual frame of a page: its paddings and greatest width. */
export function PageBody({ children, narrow, className }: { children: ReactNode; narrow?: boolean; className?: string }) {
  return (
    <div className={cn('mx-auto flex w-full flex-col gap-4 px-9 py-8 max-lg:px-6 max-md:px-4 max-md:py-5', narrow ? 'max-w-[880px]' : 'max-w-[1240px]', className)}>
      {children}
    </div>
  );
}

/** A bordered surface. */
export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn('rounded-lg border bg-surface shadow-low', className)}>{children}</div>;
}

/** The way back to the list a page belongs to. */
export function BackLink(props: Pick<LinkProps, 'to' | 'params' | 'search'> & { children: string }) {
  const { children, ...target } = props;
  return (
    <Link {...target} className="-mb-1 -ml-0.5 flex w-fit items-center gap-1 rounded-sm text-sm font-medium text-fg2 hover:text-fg">
      <ChevronLeft aria-hidden className="size-3.5" />
      {children}
    </Link>
  );
}

/** A card with a heading line over a list or facts that run to its edges. */
export function Panel({ title, count, actions, children }: { title: string; count?: number; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="overflow-hidden rounded-lg border bg-surface shadow-low">
      <div className="flex min-h-[45px] items-center justify-between gap-3 border-b px-5 py-1.5">
        <h2 className="text-base!">
          {title}
          {count !== undefined && <span className="ml-2 font-normal text-fg3 tabular-nums">{count.toLocaleString('en-GB')}</span>}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** A card with a heading, text and a form or list under it. */
export function Section({ title, lead, actions, children, className }: { title: string; lead?: ReactNode; actions?: ReactNode; children?: ReactNode; className?: string }) {
  return (
    <section className={cn('rounded-lg border bg-surface shadow-low', className)}>
      <div className="flex items-start justify-between gap-x-6 gap-y-3 px-5 py-4 max-md:flex-col">
        <div className="min-w-0">
          <h2>{title}</h2>
          {lead && <p className="mt-0.5 text-sm text-fg2">{lead}</p>}
        </div>
        {actions}
      </div>
      {children && <div className="px-5 pb-5">{children}</div>}
    </section>
  );
}
