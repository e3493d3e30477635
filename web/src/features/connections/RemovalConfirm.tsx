import { useState, type ReactNode } from 'react';
import type { Connection, UsageFlow } from '@/api/types';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { FormError } from '@/ui/states';
import { FlowList, UsageSkeleton, useUsage } from './FlowUsage';
import { NameTyped } from './NameTyped';

export interface RemovalProps {
  connection: Connection;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The way out for the flows that name it: opens "Replace in flows". */
  onReplace: () => void;
}

interface Props extends RemovalProps {
  title: string;
  confirm: string;
  removal: { mutate: () => void; reset: () => void; isPending: boolean; error: Error | null };
  /** Stands before the flows. */
  lead?: ReactNode;
  /** What becomes of the flows that name it. */
  fate: (flows: readonly UsageFlow[]) => ReactNode;
  /** Names the list of these flows. */
  flowsLabel: string;
  /** In place of the list when no flow names it, or (`unread`) when the flows could not be read. */
  none: (unread: boolean) => ReactNode;
  /** What becomes of runs that need it, of which so many are held for it already. */
  runs: (held: number) => ReactNode;
  /** Stands after all that. */
  children?: ReactNode;
}

/** Asks before a connection goes: names the flows that name it, and has its name typed if one of them runs. */
export function RemovalConfirm({ connection, open, onOpenChange, onReplace, title, confirm, removal, lead, fate, flowsLabel, none, runs, children }: Props) {
  const usage = useUsage(connection, open);
  const [typed, setTyped] = useState('');
  const flows = usage.data?.flows ?? [];
  const held = usage.data?.heldRuns ?? 0;
  const mustType = flows.some((flow) => flow.status === 'ACTIVE');
  const ready = !usage.isPending && (!mustType || typed.trim() === connection.name);
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        setTyped('');
        removal.reset();
        onOpenChange(next);
      }}
      size="md"
      title={title}
      confirm={confirm}
      busy={removal.isPending}
      disabled={!ready}
      onConfirm={() => removal.mutate()}
      extra={
        flows.length > 0 && (
          <Button
            className="mr-auto"
            onClick={() => {
              onOpenChange(false);
              onReplace();
            }}
          >
            Replace with…
          </Button>
        )
      }
    >
      {lead}
      {usage.isPending ? (
        <UsageSkeleton />
      ) : flows.length > 0 ? (
        <>
          <p>{fate(flows)}</p>
          <FlowList flows={flows} label={flowsLabel} />
        </>
      ) : (
        none(usage.error !== null)
      )}
      {(flows.length > 0 || held > 0) && runs(held)}
      {children}
      {mustType && (
        <NameTyped
          name={connection.name}
          typed={typed}
          onTyped={setTyped}
          onEnter={() => {
            if (ready && !removal.isPending) removal.mutate();
          }}
        />
      )}
      <FormError error={removal.error} />
    </Confirm>
  );
}
