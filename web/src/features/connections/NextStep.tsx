import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowRight, Workflow } from 'lucide-react';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { Connection, FlowSummary, Page } from '@/api/types';
import { appQuery } from '@/features/apps/queries';
import { Button } from '@/ui/button';
import { firstFlow } from './firstFlow';
import { isBroken } from './status';

/** Shown while the project has connections but no flow: one click makes a flow that uses one of them. */
export function NextStep({ connections }: { connections: readonly Connection[] }) {
  const project = useProject();
  const can = useCan();
  const client = useQueryClient();
  const navigate = useNavigate();
  const usable = connections.filter((each) => each.can.use && !isBroken(each) && !each.deletedAt);
  const newest = usable.reduce<Connection | undefined>((best, each) => (best && best.created >= each.created ? best : each), undefined);
  const flows = useQuery({
    queryKey: [...project.key, 'flows', 'any'],
    queryFn: ({ signal }) => api.get<Page<FlowSummary>>(project.path('/flows'), { query: { limit: 1 }, signal }),
    enabled: newest !== undefined && can('flow.edit'),
    staleTime: 60_000,
  });
  const make = useMutation({
    mutationFn: async (connection: Connection) => {
      const app = await client.ensureQueryData(appQuery(connection.app));
      return api.post<{ id: string }>(project.path('/flows'), firstFlow(connection, app));
    },
    onSuccess: (flow) => {
      void client.invalidateQueries({ queryKey: [...project.key, 'flows'] });
      void navigate({ to: '/p/$project/flows/$flow', params: { project: project.id, flow: flow.id } });
    },
  });
  if (!newest || flows.data?.data.length !== 0) return null;
  return (
    <section
      aria-label="Next step"
      className="flex items-center gap-3 rounded-lg bg-accent-weak px-3 py-2.5 ring-1 ring-accent/25 ring-inset max-md:flex-col max-md:items-stretch"
    >
      <div className="flex min-w-0 flex-1 gap-3">
        <Workflow aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
        <p className="min-w-0 break-words">
          <b className="font-[620]">
            <bdi>{newest.name}</bdi>
          </b>{' '}
          is ready. <span className="text-fg2">Next: let a flow use it. One is made for you, to try and to change.</span>
        </p>
      </div>
      <Button busy={make.isPending} onClick={() => make.mutate(newest)}>
        Make a flow with it
        {!make.isPending && <ArrowRight aria-hidden />}
      </Button>
    </section>
  );
}
