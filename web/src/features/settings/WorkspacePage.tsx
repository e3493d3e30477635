import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { meQuery, useMe } from '@/api/session';
import type { Plan, Workspace } from '@/api/types';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Fact, Facts } from '@/ui/facts';
import { Field, Input } from '@/ui/field';
import { PageHead, Section } from '@/ui/page';
import { Select } from '@/ui/select';
import { ErrorState, FormError, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';
import { NotAllowed } from './NotAllowed';
import { workspaceQuery } from './queries';

const PLANS: readonly { value: Plan; label: string; hint: string }[] = [
  { value: 'free', label: 'Free', hint: 'One person, one project. A connection is its creator’s alone.' },
  { value: 'pro', label: 'Pro', hint: 'One person, one project. A connection is its creator’s alone.' },
  { value: 'team', label: 'Team', hint: '10 members, 5 projects, 30 days of audit log. Connections are shared in the project.' },
  { value: 'enterprise', label: 'Enterprise', hint: 'No limits, one year of audit log. Connections are shared in the project.' },
];

function limit(value: number | null): string {
  return value === null ? 'No limit' : value.toLocaleString('en-GB');
}

/** `/p/{project}/settings/workspace`, for the owner. */
export function WorkspacePage() {
  const me = useMe();
  const workspace = useQuery({ ...workspaceQuery, enabled: me.user.isOwner });
  if (!me.user.isOwner) return <NotAllowed title="Workspace" who="the owner of the workspace" />;
  return (
    <>
      <PageHead title="Workspace" lead="All projects together, and the plan they run on." />
      {workspace.error ? (
        <ErrorState error={workspace.error} onRetry={() => void workspace.refetch()} />
      ) : workspace.data ? (
        <Form key={`${workspace.data.name}-${workspace.data.plan}`} workspace={workspace.data} />
      ) : (
        <Skeleton className="h-56 rounded-lg" />
      )}
    </>
  );
}

function Form({ workspace }: { workspace: Workspace }) {
  const client = useQueryClient();
  const [name, setName] = useState(workspace.name);
  const [plan, setPlan] = useState(workspace.plan);
  const save = useMutation({
    mutationFn: () =>
      api.patch<Workspace>('/workspace', {
        ...(name.trim() === workspace.name ? {} : { name: name.trim() }),
        ...(plan === workspace.plan ? {} : { plan }),
      }),
    meta: { shown: true },
    onSuccess: async (saved) => {
      client.setQueryData(workspaceQuery.queryKey, saved);
      await client.fetchQuery({ ...meQuery, staleTime: 0 });
      await client.invalidateQueries({ queryKey: ['p'] });
      toast({ title: 'Workspace saved' });
    },
  });
  const error = save.error ? toApiError(save.error) : null;
  const [asking, setAsking] = useState(false);
  const order = PLANS.findIndex((each) => each.value === plan) - PLANS.findIndex((each) => each.value === workspace.plan);
  const sharing = (of: Plan): boolean => of === 'team' || of === 'enterprise';
  const changed = (name.trim() !== '' && name.trim() !== workspace.name) || plan !== workspace.plan;
  return (
    <>
      <Section title="Name and plan">
        <form
          className="flex max-w-[420px] flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (!changed || save.isPending) return;
            if (order < 0) setAsking(true);
            else save.mutate();
          }}
        >
          <Field label="Name" error={error?.fields['name']}>
            <Input value={name} maxLength={100} autoComplete="off" onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field label="Plan" error={error?.fields['plan']} help={PLANS.find((each) => each.value === plan)?.hint}>
            <Select value={plan} onValueChange={setPlan} options={PLANS} />
          </Field>
          <FormError error={error && Object.keys(error.fields).length === 0 ? error : null} />
          <Button type="submit" className="self-start" busy={save.isPending} disabled={!changed}>
            Save
          </Button>
        </form>
        <Confirm
          open={asking}
          onOpenChange={setAsking}
          title={`Change the plan to ${PLANS.find((each) => each.value === plan)?.label ?? plan}?`}
          confirm="Change plan"
          variant="primary"
          busy={save.isPending}
          onConfirm={() => save.mutate(undefined, { onSettled: () => setAsking(false) })}
        >
          <p>
            What is there stays; nothing beyond the smaller limits can be added.
            {sharing(workspace.plan) && !sharing(plan) && ' Connections are no longer shared: each is its creator’s alone, and flows of others that use it must get one of their own.'}
          </p>
        </Confirm>
      </Section>
      <section className="overflow-hidden rounded-lg border bg-surface shadow-low">
        <h2 className="border-b px-5 py-3 text-base!">Limits</h2>
        <Facts>
          <Fact term="Projects">{limit(workspace.limits.projects)}</Fact>
          <Fact term="Members">{limit(workspace.limits.members)}</Fact>
          <Fact term="Audit log">{`${workspace.limits.auditDays.toLocaleString('en-GB')} days`}</Fact>
        </Facts>
      </section>
    </>
  );
}
