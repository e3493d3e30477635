import { useQuery } from '@tanstack/react-query';
import { Zap } from 'lucide-react';
import { useState } from 'react';
import type { FlowProblem } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery } from '@/features/apps/queries';
import { Button } from '@/ui/button';
import { ErrorState, Note, Skeleton } from '@/ui/states';
import { ConnectionField } from '../fields/ConnectionField';
import { DataContext, useData } from '../fields/context';
import { SchemaForm } from '../fields/SchemaForm';
import { isObject, omit, TRIGGER, type Trigger } from '../model/document';
import { everyWords } from '../model/polling';
import { walk } from '../model/tree';
import { usePanel } from './context';
import { focusFirstEmpty, focusNextEmpty } from './focus';
import { PollingStatus } from './PollingStatus';
import { TriggerPicker } from './TriggerPicker';
import { TriggerSample } from './TriggerSample';

export type AppTrigger = Extract<Trigger, { kind: 'app' }>;

/** An app's event: which, through which connection, with which input, and how the polling for it goes. */
export function AppTriggerForm({
  trigger,
  problems,
  choosing,
  onChoosing,
}: {
  trigger: AppTrigger;
  problems: readonly FlowProblem[];
  /** Whether the palette of events is open. */
  choosing: boolean;
  onChoosing: (open: boolean) => void;
}) {
  const { setTrigger, readOnly, flush, returnTo, document, flow } = usePanel();
  const app = useQuery({ ...appQuery(trigger.app), enabled: trigger.app !== '' });
  const event = app.data?.triggers.find((each) => each.key === trigger.trigger);
  const usedHere = new Map<string, number>();
  for (const step of walk(document.steps)) {
    const id = step.connection?.$connection;
    if (id) usedHere.set(id, (usedHere.get(id) ?? 0) + 1);
  }
  const at = (path: string): string | undefined => problems.find((problem) => problem.path === `trigger.${path}` || problem.path === path)?.message;
  const pick = (slug: string, key: string): void => {
    // The same app keeps its connection; the input belongs to the event.
    const kept = slug === trigger.app && trigger.connection ? { connection: trigger.connection } : {};
    setTrigger({ kind: 'app', app: slug, trigger: key, ...kept });
    focusFirstEmpty();
  };
  const chosen = trigger.app !== '';
  const fault = at('app') ?? at('trigger');
  return (
    <>
      <div className="flex flex-col gap-1.5">
        <span className="text-sm font-[550]">Event</span>
        <div className="flex items-center gap-3 rounded-md border p-2.5">
          {chosen ? (
            <AppIcon app={trigger.app} />
          ) : (
            <span aria-hidden className="grid size-[34px] shrink-0 place-items-center rounded-md border text-fg3">
              <Zap className="size-4" />
            </span>
          )}
          <span className="min-w-0 flex-1">
            <span className="block truncate font-[550]">{chosen ? (event?.title ?? (trigger.trigger || 'No event chosen')) : 'No app chosen'}</span>
            <span className="block truncate text-xs text-fg3">
              {chosen
                ? (app.data?.name ?? trigger.app)
                : 'One of its events starts this flow'}
            </span>
          </span>
          {!readOnly && (
            <Button size="sm" variant={chosen && trigger.trigger ? 'default' : 'primary'} onClick={() => onChoosing(true)}>
              {chosen && trigger.trigger ? 'Change' : 'Choose'}
            </Button>
          )}
        </div>
        {fault && <p className="text-sm text-bad">{fault}</p>}
        {event && (
          <p className="text-sm text-fg2">
            {[event.description, `It looks ${everyWords(event.interval)}`].filter(Boolean).join('. ').replace(/\.\./g, '.')}.
          </p>
        )}
      </div>
      {app.isError && <ErrorState error={app.error} title="The app did not load" onRetry={() => void app.refetch()} className="px-0 py-6" />}
      {chosen && app.isPending && <Skeleton className="h-9 w-full" />}
      {app.data && trigger.trigger !== '' && !event && (
        <Note tone="bad">
          {app.data.name} has no event called {trigger.trigger} in this version. Choose another one.
        </Note>
      )}
      {app.data && app.data.authMethods.length > 0 && (
        <ConnectionField
          app={trigger.app}
          appName={app.data.name}
          value={trigger.connection?.$connection ?? null}
          usedHere={usedHere}
          error={at('connection')}
          returnTo={returnTo(TRIGGER)}
          onLeaving={flush}
          onConnected={focusNextEmpty}
          onChange={(connection) => {
            const rest = omit(trigger, 'connection');
            setTrigger(connection ? { ...rest, connection: { $connection: connection.id } } : rest);
          }}
        />
      )}
      {event?.input?.properties && (
        <Literal>
          <SchemaForm
            key={`${trigger.app}:${trigger.trigger}`}
            schema={event.input}
            value={trigger.input}
            input={isObject(trigger.input) ? trigger.input : {}}
            connection={trigger.connection?.$connection ?? null}
            problems={problems}
            path="trigger.input"
            onChange={(input) => setTrigger({ ...trigger, input }, 'trigger.input')}
          />
        </Literal>
      )}
      {event && <TriggerSample trigger={trigger} title={event.title} />}
      {flow.triggerStatus && <PollingStatus status={flow.triggerStatus} connection={trigger.connection?.$connection} onLeaving={flush} />}
      {event && flow.status !== 'ACTIVE' && (
        <p className="text-xs text-fg3">Once published and active it starts with what comes from then on; what is there already is not run.</p>
      )}
      <TriggerPicker open={choosing} onOpenChange={onChoosing} onPick={pick} />
    </>
  );
}

/** Fields that hold plain values: nothing has happened yet that data could come from. */
function Literal({ children }: { children: React.ReactNode }) {
  const data = useData();
  const [groups] = useState([]);
  return <DataContext value={{ ...data, groups, scope: null, literal: true }}>{children}</DataContext>;
}
