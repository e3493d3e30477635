import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ListFilter, X } from 'lucide-react';
import { useState } from 'react';
import { useProject } from '@/api/session';
import { flowChoicesQuery, flowQuery } from '@/features/flows/queries';
import { useDebounced } from '@/lib/hooks';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { PageBody, PageHead } from '@/ui/page';
import { Select } from '@/ui/select';
import { Empty } from '@/ui/states';
import { RunTable } from './RunTable';
import { RUN_STATUSES, runStatusWord } from './status';

const ALL = 'all';

/** `/p/{project}/runs` */
export function RunListPage() {
  const search = useSearch({ from: '/signed-in/p/$project/runs' });
  const navigate = useNavigate({ from: '/p/$project/runs' });
  const change = (next: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const narrowed = Boolean(search.flow ?? search.status ?? search.kind);
  const clear = (): void => change({ flow: undefined, status: undefined, kind: undefined });
  return (
    <PageBody>
      <PageHead title="Runs" lead="Every execution of every flow, with what each step received and gave." />
      <div className="flex flex-wrap items-center gap-2">
        <div className="w-[240px] max-md:w-full">
          <FlowFilter value={search.flow} onChange={(flow) => change({ flow })} />
        </div>
        <Select
          label="Status"
          className="w-[160px] max-md:w-auto max-md:flex-1"
          value={search.status ?? ALL}
          options={[{ value: ALL, label: 'Any status' }, ...RUN_STATUSES.map((status) => ({ value: status, label: runStatusWord(status) }))]}
          onValueChange={(status) => change({ status: status === ALL ? undefined : status })}
        />
        <Select
          label="Kind"
          className="w-[150px] max-md:w-auto max-md:flex-1"
          value={search.kind ?? ALL}
          options={[
            { value: ALL, label: 'Live and tests' },
            { value: 'live', label: 'Live only' },
            { value: 'test', label: 'Tests only' },
          ]}
          onValueChange={(kind) => change({ kind: kind === ALL ? undefined : kind })}
        />
        {narrowed && (
          <Button variant="ghost" icon={<X aria-hidden />} onClick={clear}>
            Clear filters
          </Button>
        )}
      </div>
      <RunTable
        filters={{ flow: search.flow, status: search.status, kind: search.kind }}
        showFlow
        {...(narrowed ? { empty: (
            <div className="rounded-lg border bg-surface">
              <Empty icon={<ListFilter />} title="Nothing matches" action={<Button onClick={clear}>Clear filters</Button>}>
                No run fits the filters.
              </Empty>
            </div>
          ) } : {})}
      />
    </PageBody>
  );
}

function FlowFilter({ value, onChange }: { value: string | undefined; onChange: (flow: string | undefined) => void }) {
  const project = useProject();
  const [search, setSearch] = useState('');
  const query = useInfiniteQuery(flowChoicesQuery(project, useDebounced(search, 200)));
  const flows = (query.data?.pages ?? []).flatMap((page) => page.data);
  const one = useQuery({ ...flowQuery(project, value ?? ''), enabled: value !== undefined });
  const known = !value || flows.some((flow) => flow.id === value);
  return (
    <Combobox
      label="Flow"
      value={value ?? ''}
      loading={query.isPending}
      searchLabel="Search flows"
      onSearch={setSearch}
      onValueChange={(flow) => onChange(flow || undefined)}
      options={[
        { value: '', label: 'All flows' },
        ...(known ? [] : [{ value, label: one.data?.name ?? value }]),
        ...flows.map((flow) => ({ value: flow.id, label: flow.name })),
      ]}
    />
  );
}
