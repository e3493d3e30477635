import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import { JsonView } from '@/features/runs/JsonView';
import { cn } from '@/lib/cn';
import { plural } from '@/lib/text';
import { announce } from '@/ui/announce';
import { Button } from '@/ui/button';
import { FormError, Note } from '@/ui/states';
import { itemLine } from '../model/polling';
import { triggerSampleQuery, useFlowActions, type TriggerSamples } from '../queries';
import type { AppTrigger } from './AppTriggerForm';
import { usePanel } from './context';

/** Asks the app for its newest items, so that their data can be inserted into steps and used in a test. */
export function TriggerSample({ trigger, title }: { trigger: AppTrigger; title: string }) {
  const project = useProject();
  const client = useQueryClient();
  const { flow, saved, readOnly } = usePanel();
  const { sample } = useFlowActions();
  const query = triggerSampleQuery(project, flow.id, trigger);
  const held = useQuery(query).data;
  const load = useMutation({
    mutationFn: async () => {
      // The app is asked as the saved draft says.
      await saved();
      return sample(flow.id);
    },
    meta: { shown: true },
    onSuccess: ({ items }) => {
      client.setQueryData(query.queryKey, (): TriggerSamples => ({ items, chosen: 0 }));
      announce(items.length === 0 ? 'The app has none yet' : `${plural(items.length, 'item')} loaded`);
    },
  });
  if (!flow.can.run || (readOnly && !held)) return null;
  const error = load.error ? toApiError(load.error) : null;
  const incomplete = error?.code === 'FLOW_INVALID';
  const item = held?.items[held.chosen];
  return (
    <section aria-label="Sample" className="flex flex-col gap-2.5 border-t pt-3">
      <div className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <h3 className="text-sm font-[550]">Sample</h3>
          <p className="text-xs text-fg3">{held?.items.length ? 'Steps can use its data; a test runs with it.' : 'The newest from the app, for mapping and tests. It starts nothing.'}</p>
        </div>
        <Button size="sm" icon={<Download aria-hidden />} busy={load.isPending} onClick={() => load.mutate()}>
          {held ? 'Load again' : 'Load a sample'}
        </Button>
      </div>
      {error && !load.isPending && (incomplete ? <Note tone="warn">Fill in what is missing above first.</Note> : <FormError error={error} />)}
      {held?.items.length === 0 && !error && <Note>The app has nothing for “{title}” yet. Make one there and load again.</Note>}
      {held && held.items.length > 1 && (
        <div role="radiogroup" aria-label="Which item" className="flex flex-col divide-y rounded-md border">
          {held.items.map((each, at) => (
            <label key={at} className="flex min-w-0 cursor-pointer items-center gap-2.5 px-2.5 py-2 text-sm has-focus-visible:outline-2 has-focus-visible:outline-accent">
              <input
                type="radio"
                name="sample"
                className="accent-(--accent)"
                checked={held.chosen === at}
                onChange={() => client.setQueryData(query.queryKey, (): TriggerSamples => ({ ...held, chosen: at }))}
              />
              <span className={cn('min-w-0 flex-1 truncate', held.chosen === at && 'font-[550]')} dir="auto">
                {itemLine(each)}
              </span>
              {at === 0 && <span className="shrink-0 text-xs text-fg3">newest</span>}
            </label>
          ))}
        </div>
      )}
      {item !== undefined && <JsonView value={item} label="Sample" />}
    </section>
  );
}
