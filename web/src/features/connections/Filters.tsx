import { useQuery } from '@tanstack/react-query';
import { ListFilter, X } from 'lucide-react';
import { useProject } from '@/api/session';
import type { ConnectionStatus } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery, useAppIndex } from '@/features/apps/queries';
import { membersQuery } from '@/features/settings/queries';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { Field } from '@/ui/field';
import { Popover } from '@/ui/popover';
import { Select } from '@/ui/select';
import { connectedAppsQuery } from './queries';
import type { ConnectionListSearch } from './search';

interface Props {
  search: ConnectionListSearch;
  onChange: (next: Partial<ConnectionListSearch>) => void;
}

const STATUSES: { value: ConnectionStatus | 'any'; label: string }[] = [
  { value: 'any', label: 'Any status' },
  { value: 'ACTIVE', label: 'Active' },
  { value: 'EXPIRED', label: 'Expired' },
  { value: 'ERROR', label: 'Error' },
  { value: 'REVOKED', label: 'Revoked' },
];

/** App, status and owner, behind one button. */
export function FilterMenu({ search, onChange }: Props) {
  const count = [search.app, search.status, search.owner].filter(Boolean).length;
  return (
    <Popover
      label="Filters"
      align="end"
      trigger={
        <Button variant="ghost" icon={<ListFilter aria-hidden />}>
          <span className="max-md:sr-only">Filter</span>
          {count > 0 && (
            <span className="rounded-full bg-accent px-1.5 text-[11px] text-on-accent tabular-nums">
              {count}
              <span className="sr-only"> set</span>
            </span>
          )}
        </Button>
      }
    >
      <FilterFields search={search} onChange={onChange} />
    </Popover>
  );
}

/** Drawn when the panel opens: only then are apps and members asked for. */
function FilterFields({ search, onChange }: Props) {
  const project = useProject();
  const index = useAppIndex();
  const apps = useQuery(connectedAppsQuery(project)).data ?? [];
  const members = useQuery(membersQuery(project)).data ?? [];
  const count = [search.app, search.status, search.owner].filter(Boolean).length;
  return (
    <div className="flex flex-col gap-3">
      <Field label="App">
        <Combobox
          value={search.app ?? ''}
          onValueChange={(app) => onChange({ app: app || undefined })}
          searchLabel="Search apps"
          options={[
            { value: '', label: 'Any app' },
            ...apps.map((each) => ({
              value: each.app,
              label: index.get(each.app)?.name ?? each.app,
              icon: <AppIcon app={each.app} size="xs" />,
              end: <span className="text-xs text-fg3 tabular-nums">{each.count}</span>,
            })),
          ]}
        />
      </Field>
      <Field label="Status">
        <Select
          value={search.status ?? 'any'}
          onValueChange={(status) => onChange({ status: status === 'any' ? undefined : status })}
          options={STATUSES}
        />
      </Field>
      <Field label="Owner">
        <Combobox
          value={search.owner ?? ''}
          onValueChange={(owner) => onChange({ owner: owner || undefined })}
          searchLabel="Search members"
          options={[
            { value: '', label: 'Anybody' },
            ...members.flatMap((member) =>
              member.user
                ? [{ value: member.user.id, label: member.user.name, icon: <Avatar name={member.user.name} /> }]
                : [],
            ),
          ]}
        />
      </Field>
      {count > 0 && (
        <Button onClick={() => onChange({ app: undefined, status: undefined, owner: undefined })}>Clear filters</Button>
      )}
    </div>
  );
}

/** The filters that are set, each with a way to take it off. */
export function FilterChips({ search, onChange }: Props) {
  const project = useProject();
  const app = useQuery({ ...appQuery(search.app ?? ''), enabled: Boolean(search.app) }).data;
  const members = useQuery({ ...membersQuery(project), enabled: Boolean(search.owner) }).data ?? [];
  const chips = [
    search.app && { key: 'app' as const, text: `App: ${app?.name ?? search.app}` },
    search.status && {
      key: 'status' as const,
      text: `Status: ${STATUSES.find((status) => status.value === search.status)?.label ?? search.status}`,
    },
    search.owner && {
      key: 'owner' as const,
      text: `Owner: ${members.find((member) => member.user?.id === search.owner)?.user?.name ?? (search.owner === 'me' ? 'me' : '…')}`,
    },
  ].filter((chip) => typeof chip === 'object');
  if (chips.length === 0) return null;
  return (
    <ul aria-label="Filters set" className="flex flex-wrap gap-1.5">
      {chips.map((chip) => (
        <li key={chip.key} className="flex items-center gap-1 rounded-full border bg-surface py-0.5 pr-1 pl-2.5 text-xs font-medium">
          {chip.text}
          <button
            type="button"
            aria-label={`Remove filter ${chip.text}`}
            onClick={() => onChange({ [chip.key]: undefined })}
            className="grid size-5 place-items-center rounded-full text-fg3 hover:bg-hover hover:text-fg"
          >
            <X className="size-3" />
          </button>
        </li>
      ))}
    </ul>
  );
}
