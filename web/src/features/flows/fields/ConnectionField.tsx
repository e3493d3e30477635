import { Command } from 'cmdk';
import { Check, ChevronsUpDown, Plus } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { Suspense, useEffect, useId, useState } from 'react';
import type { Connection } from '@/api/types';
import { useCan } from '@/api/session';
import { AppIcon } from '@/features/apps/AppIcon';
import { NewConnectionDialog, useConnectDialogs } from '@/features/connect';
import { ConnectionStatusPill, identityLine, isBroken, shortReason, useConnection, useConnectionChoices, useConnectionsById } from '@/features/connections';
import { cn } from '@/lib/cn';
import { useEvent } from '@/lib/hooks';
import { plural } from '@/lib/text';
import { announce } from '@/ui/announce';
import { Button } from '@/ui/button';
import { useMarked } from '@/ui/combobox';
import { controlLooks, Optional } from '@/ui/field';
import { DialogPending } from '@/ui/dialog';
import { Note, Skeleton } from '@/ui/states';
import { useData } from './context';

export interface ConnectionFieldProps {
  /** Whose connections are offered; undefined offers all (HTTP request). */
  app?: string | undefined;
  appName: string;
  value: string | null;
  onChange: (connection: Connection | null) => void;
  /** Connections the flow uses in other steps, with how often. */
  usedHere: ReadonlyMap<string, number>;
  /** The step can do without one. */
  optional?: boolean;
  error?: string | undefined;
  /** Where a full-page sign-in returns to. */
  returnTo: string;
  /** Called before the dialog opens: the page may be left from there. */
  onLeaving: () => void;
  /** After a new connection has been selected and the dialog is gone. */
  onConnected: () => void;
}

/** Which account a step works with: a list with search, and a new connection always at hand. */
export function ConnectionField({
  app,
  appName,
  value,
  onChange,
  usedHere,
  optional = false,
  error,
  returnTo,
  onLeaving,
  onConnected,
}: ConnectionFieldProps) {
  const id = useId();
  const can = useCan();
  const { readOnly } = useData();
  const { reconnect } = useConnectDialogs();
  const [text, setText] = useState('');
  const { connections, more, searching, isPending, error: failed, refetch } = useConnectionChoices(app, text);
  const [open, setOpen] = useState(false);
  const [connecting, setConnecting] = useState(false);
  // Drawn from the first time on, so that it can end what it began and give focus back.
  const [wanted, setWanted] = useState(false);
  if (connecting && !wanted) setWanted(true);
  // Of very many, those at hand are not the first by name but the chosen one and those this flow uses already.
  const chosen = useConnection(value);
  const current = chosen.data && !chosen.data.deletedAt ? chosen.data : undefined;
  const used = useConnectionsById([...usedHere.keys()]).filter((each) => (!app || each.app === app) && !each.deletedAt);
  const near = [...(current ? [current] : []), ...used.filter((each) => each.id !== value)];
  const known = new Set(near.map((each) => each.id));
  const offered = text.trim() === '' ? [...near, ...connections.filter((each) => !known.has(each.id))] : connections;
  // What works comes first; the order is the server's otherwise.
  const usable = offered
    .filter((each) => each.can.use || each.id === value)
    .sort((a, b) => Number(isBroken(a)) - Number(isBroken(b)));

  const none = optional && text.trim() === '';
  const marked = useMarked([...(none ? [NONE] : []), ...usable.map((each) => each.id), NEW], text);

  // The only one there is, else the one this flow already uses for the app.
  const preselect = useEvent((): void => {
    if (value !== null || readOnly || optional || isPending || searching || text !== '') return;
    const works = usable.filter((each) => !isBroken(each));
    const before = used
      .filter((each) => each.can.use)
      .sort((a, b) => Number(isBroken(a)) - Number(isBroken(b)) || (usedHere.get(b.id) ?? 0) - (usedHere.get(a.id) ?? 0));
    const choice = works.length === 1 && !more ? works[0] : before[0];
    if (choice) onChange(choice);
  });
  useEffect(preselect, [preselect, isPending, connections.length, used.length, app]);

  const show = (next: boolean): void => {
    setOpen(next);
    if (!next) setText('');
  };
  const choose = (connection: Connection | null): void => {
    onChange(connection);
    show(false);
  };
  const startNew = (): void => {
    show(false);
    onLeaving();
    setConnecting(true);
  };
  const connected = (connection: Connection): void => {
    onChange(connection);
    setConnecting(false);
    announce(`${connection.name} is connected and selected in this step`);
    onConnected();
  };

  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-sm font-[550]">
          Connection
          {optional && <Optional />}
        </label>
      </div>
      <Radix.Root open={open} onOpenChange={show}>
        <Radix.Trigger asChild disabled={readOnly}>
          <button
            id={id}
            type="button"
            role="combobox"
            aria-expanded={open}
            aria-controls={`${id}-list`}
            aria-invalid={error ? true : undefined}
            aria-describedby={error ? `${id}-error` : undefined}
            data-field=""
            data-connection=""
            data-empty={value === null}
            className={cn(controlLooks, 'flex items-center gap-2 text-left', open && 'border-accent ring-3 ring-accent-weak')}
          >
            {chosen.isLoading ? (
              <Skeleton className="h-4 w-40" />
            ) : (
              <>
                {current && <AppIcon app={current.app} size="xs" />}
                <span className={cn('min-w-0 flex-1 truncate', !current && 'text-fg3')}>
                  {current?.name ?? (value !== null ? 'A connection that is no longer there' : optional ? 'None' : 'Choose a connection')}
                </span>
                {current && isBroken(current) && <ConnectionStatusPill connection={current} />}
              </>
            )}
            {!readOnly && <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-fg3" />}
          </button>
        </Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            id={`${id}-list`}
            align="start"
            sideOffset={4}
            collisionPadding={8}
            aria-label="Choose a connection"
            className="z-60 w-(--radix-popover-trigger-width) max-w-[calc(100vw-16px)] min-w-[260px] animate-pop rounded-lg border bg-raised shadow-high outline-none"
          >
            <Command label="Connections" shouldFilter={false} {...marked} loop className="flex max-h-[min(400px,var(--radix-popover-content-available-height))] flex-col">
              <Command.Input
                aria-label="Search accounts"
                value={text}
                onValueChange={setText}
                placeholder="Search accounts"
                className="h-10 shrink-0 border-b bg-transparent px-3 text-sm outline-none"
              />
              <Command.List label="Connections" className="min-h-0 flex-1 overflow-y-auto [scroll-padding-block-end:44px]">
                <div className="p-1 pb-0">
                  {isPending && <p className="px-2 py-3 text-sm text-fg3">Loading…</p>}
                  {!isPending && usable.length === 0 && (
                    <p className="px-2 py-3 text-sm text-fg3">
                      {failed ? 'The connections did not load.' : searching ? 'Searching…' : text.trim() !== '' ? 'Nothing matches.' : `No ${app ? `${appName} ` : ''}connection in this project yet.`}
                      {failed && (
                        <Button size="sm" variant="ghost" onClick={() => void refetch()}>
                          Try again
                        </Button>
                      )}
                    </p>
                  )}
                  {none && (
                    <Command.Item value={NONE} onSelect={() => choose(null)} className={row}>
                      <span className="min-w-0 flex-1 py-1 text-fg2">None, call without a connection</span>
                      {value === null && <Check aria-hidden className="size-4 shrink-0" />}
                    </Command.Item>
                  )}
                  {usable.map((each) => (
                    <Command.Item
                      key={each.id}
                      value={each.id}
                      onSelect={() => choose(each)}
                      className={row}
                    >
                      <AppIcon app={each.app} size="xs" />
                      <span className="min-w-0 flex-1">
                        <span dir="auto" className="block truncate text-left font-medium">{each.name}</span>
                        <span className="line-clamp-2 text-xs text-fg3">
                          {[identityLine(each), usedHere.get(each.id) ? `used in ${plural(usedHere.get(each.id) ?? 0, 'other step')}` : null]
                            .filter(Boolean)
                            .join(' · ') || each.appName}
                        </span>
                      </span>
                      {(isBroken(each) || each.expiringSoon) && <ConnectionStatusPill connection={each} />}
                      {each.id === value && <Check aria-hidden className="size-4 shrink-0" />}
                    </Command.Item>
                  ))}
                  {more && <p className="px-2 py-2 text-xs text-fg3">There are more: search for a name or an account.</p>}
                </div>
                {can('connection.create') && (
                  <div className="sticky bottom-0 mt-1 border-t bg-raised p-1">
                    <Command.Item forceMount value={NEW} onSelect={startNew} className={cn(row, 'min-h-[34px] font-[550] text-accent')}>
                      <Plus aria-hidden className="size-4" />
                      New Connection
                    </Command.Item>
                  </div>
                )}
              </Command.List>
            </Command>
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
      {error && (
        <div id={`${id}-error`} className="text-sm text-bad">
          {error}
        </div>
      )}
      {current && isBroken(current) && (
        <Note
          tone="bad"
          action={
            current.can.manage && (
              <Button size="sm" onClick={() => { onLeaving(); reconnect(current); }}>
                Reconnect
              </Button>
            )
          }
        >
          <strong className="font-[550]">{current.name}</strong> does not work: {shortReason(current) ?? 'its sign-in must be renewed'}.{' '}
          {current.can.manage
            ? current.flowCount > 0 && `Reconnect fixes ${plural(current.flowCount, 'flow')}.`
            : `Ask ${current.owner.name} to reconnect it.`}
        </Note>
      )}
      {current && !isBroken(current) && !readOnly && (
        <p className="text-xs text-fg3">
          Runs as {identityLine(current) || current.name}, connected by {current.createdBy?.name ?? current.owner.name}.
        </p>
      )}
      {wanted && (
        <Suspense fallback={<DialogPending />}>
          <NewConnectionDialog open={connecting} app={app} onOpenChange={setConnecting} returnTo={returnTo} onConnected={connected} />
        </Suspense>
      )}
    </div>
  );
}

const NONE = 'none';
const NEW = 'new';
const row = 'flex items-center gap-2.5 rounded-sm px-2 py-[6px] text-sm data-[selected=true]:bg-accent-weak';
