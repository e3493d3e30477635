import { useMutation, useQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { useState } from 'react';
import { useProject } from '@/api/session';
import { Button } from '@/ui/button';
import { Pill } from '@/ui/pill';
import { Dialog, DialogClose } from '@/ui/dialog';
import { Popover } from '@/ui/popover';
import { ErrorState, Skeleton } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import type { TileMark } from '../canvas/context';
import { StepList } from '../canvas/StepList';
import { flowVersionQuery, flowVersionsQuery, useFlowActions } from '../queries';
import type { Flow } from '../types';

/** The published versions, newest first; one of them can be put back into the draft. */
export function Versions({ flow, canEdit, draftChanged, flush, onRestored }: Omit<ListProps, 'onLook'>) {
  const [open, setOpen] = useState(false);
  const [looking, setLooking] = useState<number | null>(null);
  return (
    <>
      <Popover
        label="Versions"
        align="end"
        open={open}
        onOpenChange={setOpen}
        className="w-[360px] p-0"
        trigger={
          <Button variant="ghost" icon={<History aria-hidden />}>
            {flow.publishedVersion === null ? (
              <span className="max-md:sr-only">Versions</span>
            ) : (
              <span>
                <span className="max-md:sr-only">Version </span>
                <span aria-hidden className="md:hidden">
                  v
                </span>
                {flow.publishedVersion}
              </span>
            )}
          </Button>
        }
      >
        <List
          flow={flow}
          canEdit={canEdit}
          flush={flush}
          onRestored={(restored) => {
            setOpen(false);
            onRestored(restored);
          }}
          draftChanged={draftChanged}
          onLook={(version) => {
            setOpen(false);
            setLooking(version);
          }}
        />
      </Popover>
      {looking !== null && <VersionDialog flow={flow} version={looking} onClose={() => setLooking(null)} />}
    </>
  );
}

/** One published version as it runs or ran, to look at. */
function VersionDialog({ flow, version, onClose }: { flow: Flow; version: number; onClose: () => void }) {
  const project = useProject();
  const query = useQuery(flowVersionQuery(project, flow.id, version));
  const [marks] = useState(() => new Map<string, TileMark>());
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Version ${version}`}
      footer={<DialogClose>Close</DialogClose>}
    >
      {query.isError ? (
        <ErrorState error={query.error} title="This version did not load" onRetry={() => void query.refetch()} className="py-8" />
      ) : query.data ? (
        // What scrolls must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div role="group" aria-label="Its steps" tabIndex={0} className="-mx-1 max-h-[60dvh] overflow-y-auto rounded-sm p-1">
          <StepList document={query.data.document} webhookUrl={null} selected={null} marks={marks} readOnly />
        </div>
      ) : (
        <div aria-busy className="flex flex-col gap-4">
          <Skeleton className="h-[58px]" />
          <Skeleton className="h-[58px]" />
        </div>
      )}
    </Dialog>
  );
}

interface ListProps {
  flow: Flow;
  canEdit: boolean;
  /** Whether the draft says something else than the published version. */
  draftChanged: boolean;
  flush: () => Promise<boolean>;
  onRestored: (flow: Flow) => void;
  onLook: (version: number) => void;
}

function List({ flow, canEdit, draftChanged, flush, onRestored, onLook }: ListProps) {
  const project = useProject();
  const { restore } = useFlowActions();
  const query = useQuery(flowVersionsQuery(project, flow.id));
  const [asking, setAsking] = useState<number | null>(null);
  const put = useMutation({
    mutationFn: async (version: number) => {
      await flush();
      return restore(flow.id, version);
    },
    onSuccess: (restored, version) => {
      onRestored(restored);
      toast({ title: `Version ${version} is in the draft again`, text: 'What was there can be brought back with Undo.' });
    },
  });
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} className="py-8" />;
  if (!query.data) {
    return (
      <div className="flex flex-col gap-2 p-4">
        <Skeleton className="h-8" />
        <Skeleton className="h-8" />
      </div>
    );
  }
  if (query.data.data.length === 0) {
    return <p className="p-4 text-fg2">Nothing has been published yet. Publish makes the first version: the one that runs.</p>;
  }
  return (
    <ul className="max-h-[60dvh] divide-y overflow-y-auto">
      {query.data.data.map((version) => (
        <li key={version.version} className="flex items-center gap-3 px-4 py-2.5">
          <div className="min-w-0 flex-1">
            <p className="flex items-center gap-2 font-[550]">
              Version {version.version}
              {version.current && <Pill tone="ok">Published</Pill>}
            </p>
            <p className="truncate text-xs text-fg3">
              {version.publishedBy ? `${version.publishedBy.name}, ` : ''}
              <TimeAgo at={version.publishedAt} />
            </p>
          </div>
          <Button size="sm" variant="ghost" aria-label={`View version ${version.version}`} onClick={() => onLook(version.version)}>
            View
          </Button>
          {canEdit &&
            !(version.current && !draftChanged) &&
            (asking === version.version ? (
              <Button size="sm" variant="primary" busy={put.isPending} onClick={() => put.mutate(version.version)}>
                Replace the draft
              </Button>
            ) : (
              <Button size="sm" aria-label={`Restore version ${version.version}`} onClick={() => setAsking(version.version)}>
                Restore
              </Button>
            ))}
        </li>
      ))}
    </ul>
  );
}
