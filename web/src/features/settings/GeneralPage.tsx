import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { meQuery, useCan, useMe, useProject } from '@/api/session';
import type { Project } from '@/api/types';
import { plural, sentence } from '@/lib/text';
import { remember } from '@/lib/store';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy';
import { Confirm } from '@/ui/dialog';
import { Fact, Facts } from '@/ui/facts';
import { Field, Input } from '@/ui/field';
import { PageHead, Section } from '@/ui/page';
import { FormError } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';

/** `/p/{project}/settings/general` */
export function GeneralPage() {
  const project = useProject();
  const can = useCan();
  const me = useMe();
  const detail = useQuery({
    queryKey: [...project.key, 'project'],
    queryFn: ({ signal }) => api.get<Project>(project.path(''), { signal }),
  }).data;
  return (
    <>
      <PageHead title="General" lead="This project and what it is called." />
      {can('project.manage') && <NameSection key={project.name} />}
      <section className="overflow-hidden rounded-lg border bg-surface shadow-low">
        <Facts>
          <Fact term="Id">
            <span className="-my-1 flex items-center gap-1">
              <code className="font-mono text-sm break-all">{project.id}</code>
              <CopyButton text={project.id} label="Copy id" />
            </span>
          </Fact>
          <Fact term="Your role">{me.user.isOwner ? 'Owner of the workspace, admin here' : sentence(project.role)}</Fact>
          {detail && (
            <>
              <Fact term="Holds">
                {plural(detail.connectionCount, 'connection')}, {plural(detail.memberCount, 'member')}
              </Fact>
              <Fact term="Created">
                <TimeAgo at={detail.created} />
              </Fact>
            </>
          )}
        </Facts>
      </section>
      {can('project.manage') && <DeleteSection detail={detail} />}
    </>
  );
}

function NameSection() {
  const project = useProject();
  const client = useQueryClient();
  const [name, setName] = useState(project.name);
  const save = useMutation({
    mutationFn: () => api.patch<Project>(project.path(''), { name: name.trim() }),
    meta: { shown: true },
    onSuccess: async () => {
      await client.fetchQuery({ ...meQuery, staleTime: 0 });
      toast({ title: 'Name saved' });
    },
  });
  const error = save.error ? toApiError(save.error) : null;
  return (
    <Section title="Project name">
      <form
        className="flex max-w-[420px] flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        <Field label="Project name" hideLabel error={error?.fields['name']}>
          <Input value={name} maxLength={100} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        </Field>
        <FormError error={error && !error.fields['name'] ? error : null} />
        <Button type="submit" className="self-start" busy={save.isPending} disabled={!name.trim() || name.trim() === project.name}>
          Save
        </Button>
      </form>
    </Section>
  );
}

function DeleteSection({ detail }: { detail: Project | undefined }) {
  const project = useProject();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => api.delete(project.path(''), { query: { confirm: project.name } }),
    meta: { shown: true },
    onSuccess: async () => {
      setOpen(false);
      remember('project', null);
      await client.fetchQuery({ ...meQuery, staleTime: 0 });
      await navigate({ to: '/' });
      client.removeQueries({ queryKey: project.key });
      toast({ title: `${project.name} is deleted` });
    },
  });
  return (
    <>
    <Section
      title="Delete project"
      lead="Its connections, flows, runs and keys go with it. Credentials are destroyed at once; this cannot be undone."
      actions={
        <Button variant="danger-ghost" onClick={() => setOpen(true)}>
          Delete project…
        </Button>
      }
    />
      <Confirm
        open={open}
        onOpenChange={(next) => {
          setTyped('');
          remove.reset();
          setOpen(next);
        }}
        title={`Delete ${project.name}?`}
        confirm="Delete project"
        busy={remove.isPending}
        disabled={typed.trim() !== project.name}
        onConfirm={() => remove.mutate()}
      >
        <p>
          {detail && detail.connectionCount > 0 && `${plural(detail.connectionCount, 'connection')} and every flow that uses them stop for good. `}
          This cannot be undone.
        </p>
        <Field
          className="text-fg"
          label={
            <>
              Type <strong className="font-[650] select-all">{project.name}</strong> to confirm
            </>
          }
        >
          <Input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        </Field>
        <FormError error={remove.error} />
      </Confirm>
    </>
  );
}
