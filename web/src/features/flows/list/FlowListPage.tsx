import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, Workflow, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useCan, useProject } from '@/api/session';
import { usePages } from '@/features/runs/usePages';
import { useConnection } from '@/features/connections';
import { useDebounced, useEvent } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { shownRange } from '@/lib/text';
import { Button } from '@/ui/button';
import { SearchInput } from '@/ui/field';
import { PageBody, PageHead } from '@/ui/page';
import { Empty, ErrorState } from '@/ui/states';
import { Views } from '@/ui/tabs';
import { StepIcon } from '../icons';
import { emptyDocument, type FlowDocument } from '../model/document';
import { ownTimeZone } from '../model/schedule';
import { STARTERS } from '../model/starters';
import { flowListQuery, useFlowActions } from '../queries';
import { FlowTable, FlowTableSkeleton } from './FlowTable';

const PAGE_SIZE = 25;

/** `/p/{project}/flows` */
export function FlowListPage() {
  const project = useProject();
  const can = useCan();
  const search = useSearch({ from: '/signed-in/p/$project/flows' });
  const navigate = useNavigate({ from: '/p/$project/flows' });
  const { create } = useFlowActions();
  const change = (next: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });

  // What is typed shows at once; the address (and with it the server) follows when the fingers rest.
  const [typed, setTyped] = useState(search.q ?? '');
  const rested = useDebounced(typed, 180);
  const follow = useEvent((q: string) => {
    if (q !== (search.q ?? '')) change({ q: q || undefined });
  });
  useEffect(() => follow(rested.trim()), [rested, follow]);
  const field = useRef<HTMLInputElement>(null);
  useShortcut('/', () => field.current?.focus());

  const filters = { q: search.q, status: search.status, connection: search.connection };
  const pages = usePages(JSON.stringify(filters));
  const list = useQuery(flowListQuery(project, { ...filters, limit: PAGE_SIZE, cursor: pages.cursor }));
  const flows = list.data?.data ?? [];
  const narrowed = Boolean(search.q ?? search.status ?? search.connection);
  const nothingAtAll = list.isSuccess && !list.isPlaceholderData && flows.length === 0 && !narrowed && pages.number === 0;
  const clear = (): void => {
    setTyped('');
    change({ q: undefined, status: undefined, connection: undefined });
  };

  const make = useMutation({
    mutationFn: ({ name, document }: { name: string; document: FlowDocument }) => create(name, document),
    // What starts it is chosen first.
    onSuccess: (flow) => void navigate({ to: '/p/$project/flows/$flow', params: { project: project.id, flow: flow.id }, search: { step: 'trigger' } }),
  });
  const start = (name: string, document: FlowDocument): void => {
    const { trigger } = document;
    make.mutate({
      name,
      document: trigger.kind === 'schedule' ? { ...document, trigger: { ...trigger, timezone: ownTimeZone() } } : document,
    });
  };
  const newFlow = can('flow.edit') && (
    <Button variant="primary" icon={<Plus aria-hidden />} busy={make.isPending} onClick={() => start('Untitled flow', emptyDocument())}>
      New flow
    </Button>
  );
  const first = pages.number * PAGE_SIZE;

  return (
    <PageBody>
      <PageHead
        title="Flows"
        lead="A trigger and steps that run through your connections."
        actions={
          <>
            <SearchInput
              ref={field}
              label="Search flows"
              value={typed}
              onValueChange={setTyped}
              shortcut="/"
              className="w-[230px] max-md:w-auto max-md:flex-1"
            />
            {newFlow}
          </>
        }
      />
      {!nothingAtAll && (
        <div className="flex flex-wrap items-center gap-3">
          <Views
            label="Status"
            value={search.status ?? 'all'}
            onValueChange={(next) => change({ status: next === 'all' ? undefined : next })}
            items={[
              { value: 'all', label: 'All' },
              { value: 'ACTIVE', label: 'Active' },
              { value: 'INACTIVE', label: 'Inactive' },
            ]}
          />
          {search.connection && <ConnectionChip id={search.connection} onClear={() => change({ connection: undefined })} />}
        </div>
      )}
      {list.isPending ? (
        <FlowTableSkeleton />
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} title="The flows did not load" onRetry={() => void list.refetch()} />
      ) : nothingAtAll ? (
        <div className="flex flex-col gap-6 rounded-lg border bg-surface pb-8">
          <Empty icon={<Workflow />} title="No flows yet" className="pb-0">
            {can('flow.edit')
              ? 'A flow does work for you when something happens. Begin with an empty one, or with one of these:'
              : 'When an editor of this project makes a flow, it shows here.'}
          </Empty>
          {can('flow.edit') && (
            <ul aria-label="Flows to begin with" className="mx-auto grid w-full max-w-[880px] grid-cols-3 gap-3 px-6 max-md:grid-cols-1">
              {STARTERS.map((starter) => (
                <li key={starter.name} className="flex">
                  <button
                    type="button"
                    disabled={make.isPending}
                    onClick={() => start(starter.name, starter.document)}
                    className="flex w-full flex-col gap-2 rounded-lg border p-4 text-left hover:border-(--control-line) hover:bg-hover"
                  >
                    <StepIcon kind={starter.trigger} />
                    <span className="font-[550]">{starter.name}</span>
                    <span className="text-sm text-fg2">{starter.text}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </div>
      ) : flows.length === 0 ? (
        <Empty title="Nothing matches" action={<Button onClick={clear}>Clear filters</Button>} />
      ) : (
        <FlowTable
          flows={flows}
          busy={list.isPlaceholderData}
          shown={shownRange(first, flows.length, { what: 'flow', more: list.data?.hasMore ?? false })}
          onPrevious={pages.previous}
          onNext={pages.next(list.data?.cursor, list.data?.hasMore)}
        />
      )}
    </PageBody>
  );
}

function ConnectionChip({ id, onClear }: { id: string; onClear: () => void }) {
  const connection = useConnection(id);
  return (
    <span className="inline-flex items-center gap-1 rounded-full border bg-surface py-0.5 pr-1 pl-3 text-sm">
      Uses {connection.data?.name ?? 'a connection'}
      <button type="button" aria-label="Clear connection filter" onClick={onClear} className="grid size-5 place-items-center rounded-full text-fg3 hover:bg-hover hover:text-fg">
        <X aria-hidden className="size-3.5" />
      </button>
    </span>
  );
}
