import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ScrollText, X } from 'lucide-react';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { AuditEntry, Page } from '@/api/types';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { PageHead } from '@/ui/page';
import { Select } from '@/ui/select';
import { Empty, ErrorState, Skeleton } from '@/ui/states';
import { AuditList } from './AuditList';
import { NotAllowed } from './NotAllowed';
import { membersQuery } from './queries';

const SUBJECTS = [
  { value: 'any', label: 'Anything' },
  { value: 'connection', label: 'Connections' },
  { value: 'oauth_client', label: 'OAuth clients' },
  { value: 'flow', label: 'Flows' },
  { value: 'run', label: 'Runs' },
  { value: 'member', label: 'Members' },
  { value: 'key', label: 'API keys' },
  { value: 'project', label: 'Project' },
] as const;

type Subject = (typeof SUBJECTS)[number]['value'];

/** `/p/{project}/settings/audit` */
export function AuditPage() {
  const project = useProject();
  const can = useCan();
  const allowed = can('audit.read');
  const search = useSearch({ from: '/signed-in/p/$project/settings/audit' });
  const navigate = useNavigate({ from: '/p/$project/settings/audit' });
  const members = useQuery({ ...membersQuery(project), enabled: allowed }).data ?? [];
  const audit = useInfiniteQuery({
    queryKey: [...project.key, 'audit', search],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<AuditEntry>>(project.path('/audit'), { query: { ...search, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.hasMore ? page.cursor : null),
    placeholderData: keepPreviousData,
    enabled: allowed,
  });
  if (!allowed) return <NotAllowed title="Audit log" />;
  const change = (next: Partial<typeof search>): void => {
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  };
  const entries = audit.data?.pages.flatMap((page) => page.data) ?? [];
  const filtered = Boolean(search.actor ?? search.action ?? search.subject);
  const subject = SUBJECTS.find((each) => each.value === search.action)?.value ?? 'any';
  return (
    <>
      <PageHead title="Audit log" lead="Who or which run did what in this project, newest first." />
      <div className="flex flex-wrap items-center gap-2">
        <div className="w-[200px] max-md:w-auto max-md:min-w-0 max-md:flex-1">
          <Combobox
            label="Who"
            value={search.actor ?? ''}
            onValueChange={(actor) => change({ actor: actor || undefined })}
            searchLabel="Search members"
            options={[
              { value: '', label: 'Anybody' },
              ...members.flatMap((member) =>
                member.user ? [{ value: member.user.id, label: member.user.name, icon: <Avatar name={member.user.name} /> }] : [],
              ),
            ]}
          />
        </div>
        <Select<Subject>
          label="What"
          className="w-[170px] max-md:w-auto max-md:flex-1"
          value={subject}
          onValueChange={(next) => change({ action: next === 'any' ? undefined : next })}
          options={SUBJECTS}
        />
        {filtered && (
          <Button variant="ghost" icon={<X aria-hidden />} onClick={() => void navigate({ search: {}, replace: true })}>
            Clear filters
          </Button>
        )}
      </div>
      {audit.error ? (
        <ErrorState error={audit.error} title="The audit log did not load" onRetry={() => void audit.refetch()} />
      ) : audit.isPending ? (
        <Skeleton className="h-64 rounded-lg" />
      ) : entries.length === 0 ? (
        <div className="rounded-lg border bg-surface">
          <Empty icon={<ScrollText />} title={filtered ? 'Nothing matches' : 'Nothing recorded yet'}>
            {filtered ? 'No entry fits the filters.' : 'What is done in this project appears here.'}
          </Empty>
        </div>
      ) : (
        <AuditList
          entries={entries}
          label="Audit log"
          more={audit.hasNextPage ? { busy: audit.isFetchingNextPage, load: () => void audit.fetchNextPage() } : undefined}
        />
      )}
    </>
  );
}
