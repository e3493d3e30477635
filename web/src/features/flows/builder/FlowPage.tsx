import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { useReturnedConnection } from '@/features/connect';
import { latestRunQuery } from '@/features/runs/queries';
import { useEvent } from '@/lib/hooks';
import { preloadOnUse } from '@/lib/idle';
import { Button } from '@/ui/button';
import { PageBody, PageTitle } from '@/ui/page';
import { ErrorState } from '@/ui/states';
import { flowQuery } from '../queries';
import { FlowSkeleton } from '../FlowSkeleton';
import { askedAhead, Builder } from './Builder';

/** `/p/{project}/flows/{id}` */
export function FlowPage() {
  const project = useProject();
  const { flow: id } = useParams({ from: '/signed-in/p/$project/flows/$flow' });
  const query = useQuery(flowQuery(project, id));
  // A sign-in that took the whole tab may be answered before the flow is here.
  const [returned, setReturned] = useState<Connection | null>(null);
  useReturnedConnection(setReturned);
  const { step, ask } = useSearch({ from: '/signed-in/p/$project/flows/$flow' });
  const asked = Boolean(step ?? ask);
  const client = useQueryClient();
  const ahead = useEvent(async () => {
    await Promise.all([askedAhead(), client.prefetchQuery(latestRunQuery(project, id))]);
  });
  useEffect(() => {
    if (!asked) return preloadOnUse(ahead);
    void ahead();
  }, [asked, ahead]);
  // Drawn in small pieces, between which the page answers to taps: the skeleton stands meanwhile.
  const here = useDeferredValue(query.data !== undefined);
  if (query.data && here) {
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
