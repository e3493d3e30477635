import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { toApiError } from '@/api/client';
import { cn } from '@/lib/cn';
import { Button } from './button';
import { CopyButton } from './copy';
import { Spinner } from './spinner';

/** A grey bar in the place and size of what is loading. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn('block animate-pulse rounded-sm bg-line', className)} />;
}

/** A card whose lines are on their way. */
export function SkeletonCard({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div aria-hidden className={cn('flex flex-col gap-3.5 rounded-lg border bg-surface p-5 shadow-low', className)}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} className={cn('h-3.5', ['w-2/5', 'w-3/5', 'w-1/2'][line % 3])} />
      ))}
    </div>
  );
}

/** A page on its way: a ring after a moment, so that quick pages do not flash. */
export function PagePending() {
  return (
    <div role="status" aria-label="Loading" className="grid min-h-[50dvh] flex-1 place-items-center">
      <Spinner className="size-5 text-fg3" />
    </div>
  );
}

/** Nothing here: one sentence and what to do about it. */
export function Empty({
  icon,
  title,
  children,
  action,
  className,
  heading: Heading = 'h2',
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
  /** `h1` where it is the whole page. */
  heading?: 'h1' | 'h2';
}) {
  return (
    <div className={cn('flex flex-col items-center gap-2 px-6 py-14 text-center', className)}>
      {icon && <div className="mb-1 grid size-11 place-items-center rounded-lg border bg-sunken text-fg3 [&_svg]:size-5">{icon}</div>}
      <Heading className="text-lg leading-[1.4]">{title}</Heading>
      {children && <div className="max-w-[46ch] text-fg2">{children}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** Something failed: what the server said, its request id, a way to try again. */
export function ErrorState({
  error,
  onRetry,
  title = 'This did not load',
  className,
  heading: Heading = 'h2',
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
  className?: string;
  /** `h1` where it is the whole page. */
  heading?: 'h1' | 'h2';
}) {
  const problem = toApiError(error);
  const denied = problem.status === 403;
  return (
    <div role="alert" className={cn('flex flex-col items-center gap-2 px-6 py-14 text-center', className)}>
      <div className="mb-1 grid size-11 place-items-center rounded-lg border bg-bad-weak text-bad">
        <CircleAlert className="size-5" />
      </div>
      <Heading className="text-lg leading-[1.4]">{denied ? 'You have no access to this' : title}</Heading>
      <p className="max-w-[52ch] text-fg2">{problem.message}</p>
      {problem.requestId && (
        <p className="flex items-center gap-1 text-xs text-fg3">
          <span>
            Request <code className="font-mono select-all">{problem.requestId}</code>
          </span>
          <CopyButton text={problem.requestId} label="Copy request id" />
        </p>
      )}
      {onRetry && !denied && (
        <Button className="mt-3" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

const notes = {
  info: { box: 'bg-sunken text-fg2', icon: <Info />, tint: 'text-fg3' },
  warn: { box: 'bg-warn-weak text-fg ring-1 ring-warn/25 ring-inset', icon: <TriangleAlert />, tint: 'text-warn' },
  bad: { box: 'bg-bad-weak text-fg ring-1 ring-bad/25 ring-inset', icon: <CircleAlert />, tint: 'text-bad' },
};

/** A remark set apart from the form around it. `bad` is announced. */
export function Note({ tone = 'info', icon, children, action, className }: { tone?: keyof typeof notes; icon?: ReactNode; children: ReactNode; action?: ReactNode; className?: string }) {
  const looks = notes[tone];
  return (
    <div
      role={tone === 'bad' ? 'alert' : undefined}
      className={cn('flex items-start gap-2.5 rounded-sm px-3 py-2.5 text-sm', looks.box, className)}
    >
      <span aria-hidden className={cn('mt-px shrink-0 [&_svg]:size-4', looks.tint)}>
        {icon ?? looks.icon}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}

/** What to give whoever runs the server, under a failure of its own. */
export function RequestId({ id }: { id: string | null }) {
  return id ? (
    <span className="block text-xs text-fg2">
      Request <code className="font-mono select-all">{id}</code>
    </span>
  ) : null;
}

/** A mutation's failure above the form's buttons; nothing while there is none. */
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  const problem = toApiError(error);
  return (
    <Note tone="bad">
      {problem.message}
      <RequestId id={problem.status >= 500 ? problem.requestId : null} />
    </Note>
  );
}
