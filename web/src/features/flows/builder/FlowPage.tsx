import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { useReturnedConnection } from '@/features/connect';
import { Button } from '@/ui/button';
import { PageBody } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { flowQuery } from '../queries';
import { Builder } from './Builder';

/** `/p/{project}/flows/{id}` */
export function FlowPage() {
  const project = useProject();
  const { flow: id } = useParams({ from: '/signed-in/p/$project/flows/$flow' });
  const query = useQuery(flowQuery(project, id));
  // A sign-in that took the whole tab may be answered before the flow is here.
  const [returned, setReturned] = useState<Connection | null>(null);
  useReturnedConnection(setReturned);
  if (query.data) {
    return <Builder key={query.data.id} flow={query.data} returned={returned} onReturnedUsed={() => setReturned(null)} />;
  }
  if (query.isError) {
    return (
      <PageBody>
        <ErrorState error={query.error} title="This flow did not load" onRetry={() => void query.refetch()} className="pb-2" />
        <Button asChild className="self-center">
          <Link to="/p/$project/flows" params={{ project: project.id }}>
            All flows
          </Link>
        </Button>
      </PageBody>
    );
  }
  return (
    <div aria-busy className="flex h-dvh flex-col">
      <span className="sr-only" role="status">
        Loading the flow
      </span>
      <div className="flex h-[55px] items-center gap-3 border-b bg-surface px-6">
        <Skeleton className="h-5 w-56" />
        <span className="flex-1" />
        <Skeleton className="h-8 w-24" />
        <Skeleton className="h-8 w-20" />
      </div>
      <div className="flex flex-1 flex-col items-center gap-11 pt-[84px]">
        <Skeleton className="h-[58px] w-[288px] rounded-lg" />
        <Skeleton className="h-[58px] w-[288px] rounded-lg" />
      </div>
    </div>
  );
}
