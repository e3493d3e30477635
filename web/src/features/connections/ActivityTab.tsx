import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { AuditEntry, Connection, Page } from '@/api/types';
import { AuditList } from '@/features/settings/AuditList';
import { Empty, ErrorState, SkeletonCard } from '@/ui/states';
import { TimeAgo } from '@/ui/time';

/** The audit trail of one connection, newest first. */
export function ActivityTab({ connection }: { connection: Connection }) {
  const project = useProject();
  const activity = useInfiniteQuery({
    queryKey: [...project.key, 'connections', 'activity', connection.id],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<AuditEntry>>(project.path(`/connections/${connection.id}/activity`), {
        query: { limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.hasMore ? page.cursor : null),
  });
  if (activity.error) return <ErrorState error={activity.error} onRetry={() => void activity.refetch()} />;
  if (!activity.data) return <SkeletonCard lines={6} />;
  const entries = activity.data.pages.flatMap((page) => page.data);
  if (entries.length === 0) {
    return (
      <div className="rounded-lg border bg-surface">
        <Empty title="Nothing recorded yet">What is done to this connection appears here.</Empty>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      {connection.lastRefreshedAt && (
        <p className="text-fg2">
          Its sign-in is renewed by itself, last <TimeAgo at={connection.lastRefreshedAt} />. That is not listed each time.
        </p>
      )}
      <AuditList
        entries={entries}
        label="Activity"
        hideSubject
        more={activity.hasNextPage ? { busy: activity.isFetchingNextPage, load: () => void activity.fetchNextPage() } : undefined}
      />
    </div>
  );
}
