import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useCan, useProject } from '@/api/session';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { useReturnedConnection } from '@/features/connect/returned';
import { useDebounced, useEvent, useNarrow } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { shownRange } from '@/lib/text';
import { Button } from '@/ui/button';
import { Kbd, SearchInput } from '@/ui/field';
import { PageBody, PageHead } from '@/ui/page';
import { ErrorState } from '@/ui/states';
import { Views, type TabItem } from '@/ui/tabs';
import { AttentionStrip } from './AttentionStrip';
import { ConnectionTable, TableSkeleton } from './ConnectionTable';
import { EmptyList, FilteredEmpty } from './EmptyStates';
import { FilterChips, FilterMenu } from './Filters';
import { listFilters, PAGE_SIZE } from './listFilters';
import { NextStep } from './NextStep';
import { attentionQuery, connectionCountsQuery, connectionListQuery } from './queries';
import type { ConnectionListSearch, ConnectionView } from './search';

/** `/p/{project}/connections` */
export function ConnectionListPage() {
  const project = useProject();
  const can = useCan();
  const dialogs = useConnectDialogs();
  const navigate = useNavigate({ from: '/p/$project/connections' });
  const search = useSearch({ from: '/signed-in/p/$project/connections' });
  const narrow = useNarrow();
  const view = search.view ?? 'all';
  const [fresh, setFresh] = useState<string | null>(null);
  useReturnedConnection((connection) => setFresh(connection.id));

  const change = (next: Partial<ConnectionListSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  };

  // What is typed shows at once; the address (and with it the server) follows when the fingers rest.
  const [typed, setTyped] = useState(search.q ?? '');
  const rested = useDebounced(typed, 180);
  const [sentQ, setSentQ] = useState(search.q ?? '');
  if ((search.q ?? '') !== sentQ) {
    setSentQ(search.q ?? '');
    if ((search.q ?? '') !== rested.trim()) setTyped(search.q ?? '');
  }
  // Only what was typed moves the address here; changes of the address itself are taken over above.
  const follow = useEvent((q: string) => {
    if (q !== sentQ) change({ q: q || undefined });
  });
  useEffect(() => follow(rested.trim()), [rested, follow]);

  const filters = listFilters(search);
  const filterKey = JSON.stringify(filters);
  // The cursors of the pages gone through, for this very list; another list starts at its first page.
  const [pages, setPages] = useState<{ of: string; cursors: string[] }>({ of: filterKey, cursors: [] });
  const cursors = pages.of === filterKey ? pages.cursors : [];
  const list = useQuery(connectionListQuery(project, { ...filters, cursor: cursors.at(-1) ?? null }));
  // The list waits for the strip above it: else its rows would jump down under the hand.
  const strip = useQuery({ ...attentionQuery(project), enabled: view !== 'trash' });
  const counts = useQuery(connectionCountsQuery(project, { q: search.q, app: search.app, owner: search.owner })).data;

  const field = useRef<HTMLInputElement>(null);
  useShortcut('/', () => field.current?.focus());

  const narrowed = Boolean(search.q ?? search.app ?? search.status ?? search.owner);
  const rows = list.data?.data ?? [];
  const first = cursors.length * PAGE_SIZE;
  const totals: Record<ConnectionView, number | undefined> = {
    all: counts?.all,
    attention: counts?.needsAttention,
    expiring: counts?.expiringSoon,
    unused: counts?.unused,
    mine: counts?.mine,
    trash: counts?.deleted,
  };
  const total = search.status || (view === 'mine' && search.owner) ? undefined : totals[view];
  const items: TabItem<ConnectionView>[] = [
    { value: 'all', label: 'All', count: totals.all },
    { value: 'attention', label: 'Needs attention', count: totals.attention },
    { value: 'expiring', label: 'Expiring soon', count: totals.expiring },
    { value: 'unused', label: 'Unused', count: totals.unused },
    { value: 'mine', label: 'Mine', count: totals.mine },
  ];
  if ((totals.trash ?? 0) > 0 || view === 'trash') items.push({ value: 'trash', label: 'Trash', count: totals.trash });

  const nothingAtAll = list.isSuccess && rows.length === 0 && !narrowed && view === 'all' && cursors.length === 0;

  return (
    <PageBody>
      <PageHead
        title="Connections"
        lead="One sign-in per account, used by every flow in this project."
        actions={
          <>
            <SearchInput
              ref={field}
              label="Search connections"
              {...(narrow ? { placeholder: 'Search' } : {})}
              value={typed}
              onValueChange={setTyped}
              shortcut="/"
              className="w-[230px] max-md:w-auto max-md:flex-1"
            />
            {can('connection.create') && (
              <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => dialogs.newConnection(undefined, (made) => setFresh(made.id))}>
                New Connection
                <Kbd className="border-on-accent/25 bg-on-accent/15 text-on-accent max-md:hidden">C</Kbd>
              </Button>
            )}
          </>
        }
      />
      {view !== 'trash' && <AttentionStrip onShowAll={() => change({ view: 'attention' })} />}
      {view === 'all' && !narrowed && <NextStep connections={rows} />}
      {!nothingAtAll && (
        <div className="flex items-center justify-between gap-3">
          <Views
            label="Views"
            value={view}
            onValueChange={(next) => change({ view: next === 'all' ? undefined : next })}
            items={items}
          />
          <FilterMenu search={search} onChange={change} />
        </div>
      )}
      <FilterChips search={search} onChange={change} />
      {list.isPending || (strip.isLoading && strip.failureCount === 0) ? (
        <TableSkeleton />
      ) : list.error && rows.length === 0 ? (
        <ErrorState error={list.error} title="The connections did not load" onRetry={() => void list.refetch()} />
      ) : nothingAtAll ? (
        <EmptyList />
      ) : rows.length === 0 ? (
        <FilteredEmpty
          view={view}
          narrowed={narrowed}
          onClear={() => {
            setTyped('');
            change({ q: undefined, app: undefined, status: undefined, owner: undefined, view: undefined });
          }}
        />
      ) : (
        <ConnectionTable
          rows={rows}
          trash={view === 'trash'}
          highlighted={fresh}
          busy={list.isPlaceholderData}
          sort={filters.sort ?? 'name'}
          onSort={(sort) => change({ sort: sort === 'name' ? undefined : sort })}
          shown={shownRange(first, rows.length, { what: 'connection', more: list.data?.hasMore ?? false, total })}
          onPrevious={cursors.length > 0 ? () => setPages({ of: filterKey, cursors: cursors.slice(0, -1) }) : undefined}
          onNext={
            list.data?.hasMore && list.data.cursor
              ? () => setPages({ of: filterKey, cursors: [...cursors, list.data.cursor ?? ''] })
              : undefined
          }
          paged={cursors.length > 0 || Boolean(list.data?.hasMore)}
        />
      )}
    </PageBody>
  );
}
