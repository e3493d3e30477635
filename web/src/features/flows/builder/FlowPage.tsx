import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { useReturnedConnection } from '@/features/connect';
import { Button } from '@/ui/button';
import { PageBody, PageTitle } from '@/ui/page';
import { ErrorState } from '@/ui/states';
import { flowQuery } from '../queries';
import { FlowSkeleton } from '../FlowSkeleton';
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
    const gone = toApiError(query.error).status === 404;
    return (
      <PageBody>
        <PageTitle className="sr-only">Flow</PageTitle>
        <ErrorState
          error={query.error}
          title={gone ? 'There is no such flow' : 'This flow did not load'}
          {...(gone ? {} : { onRetry: () => void query.refetch() })}
          className="pb-2"
        />
        <Button asChild className="self-center">
          <Link to="/p/$project/flows" params={{ project: project.id }}>
            All flows
          </Link>
        </Button>
      </PageBody>
    );
  }
  return <FlowSkeleton />;
}
