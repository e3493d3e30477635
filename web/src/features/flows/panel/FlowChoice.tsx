import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useProject } from '@/api/session';
import { useDebounced } from '@/lib/hooks';
import { Combobox } from '@/ui/combobox';
import { Field } from '@/ui/field';
import { useData } from '../fields/context';
import { flowChoicesQuery } from '../queries';

/** A flow of this project, found by name. */
export function FlowChoice({ value, except, onChange, error }: { value: string; except: string; onChange: (id: string) => void; error?: string | undefined }) {
  const project = useProject();
  const { readOnly } = useData();
  const [search, setSearch] = useState('');
  const query = useInfiniteQuery(flowChoicesQuery(project, useDebounced(search, 200)));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const flows = (query.data?.pages ?? []).flatMap((page) => page.data).filter((flow) => flow.id !== except);
  const known = value === '' || flows.some((flow) => flow.id === value);
  return (
    <Field label="Flow" required error={error}>
      <Combobox
        value={value || null}
        disabled={readOnly}
        loading={query.isPending}
        searchLabel="Search flows"
        placeholder="Choose a flow"
        empty="No other flow matches"
        onSearch={setSearch}
        onValueChange={onChange}
        options={[
          ...(known ? [] : [{ value, label: value }]),
          ...flows.map((flow) => ({
            value: flow.id,
            label: flow.name,
            hint: flow.publishedVersion === null ? 'Not published yet' : flow.status === 'ACTIVE' ? 'Active' : 'Inactive',
          })),
        ]}
      />
    </Field>
  );
}
