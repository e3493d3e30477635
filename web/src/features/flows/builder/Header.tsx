import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronRight, CircleAlert, CircleCheck, CopyPlus, Ellipsis, LoaderCircle, PencilLine, Play, Rocket, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useProject } from '@/api/session';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Menu, MenuItem, MenuSeparator } from '@/ui/menu';
import { Pill } from '@/ui/pill';
import { Switch } from '@/ui/switch';
import { Tooltip } from '@/ui/tooltip';
import { useTitle } from '@/lib/hooks';
import { toast } from '@/ui/toast';
import { useFlowActions } from '../queries';
import type { Flow } from '../types';
import type { Draft, DraftState, SaveState } from './draft';
import { Versions } from './Versions';

export interface HeaderProps {
  flow: Flow;
  draft: Draft;
  state: DraftState;
  onTest: () => void;
  testing: boolean;
  onRunNow: () => void;
  onPublish: () => void;
  publishing: boolean;
}

/** Over the builder: where one is, the flow's name, its state, and what can be done with the whole of it. */
export function Header({ flow, draft, state, onTest, testing, onRunNow, onPublish, publishing }: HeaderProps) {
  const project = useProject();
  useTitle(state.name || 'Flow');
  const unpublished = flow.publishedVersion === null || state.draftChanged || draft.dirty;
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b bg-surface px-6 py-2.5 max-md:px-4">
      <div className="flex min-w-[200px] flex-1 items-center gap-2">
        <Link
          to="/p/$project/flows"
          params={{ project: project.id }}
          className="flex shrink-0 items-center gap-1 rounded-sm text-sm text-fg3 hover:text-fg"
        >
          Flows
          <ChevronRight aria-hidden className="size-3.5" />
        </Link>
        <h1 className="sr-only">{state.name || 'Flow'}</h1>
        {flow.can.edit ? <Name draft={draft} name={state.name} /> : <span dir="auto" className="truncate text-base font-[620]">{state.name}</span>}
        {flow.can.edit && <Saved save={state.save} onRetry={() => void draft.flush()} />}
      </div>
      <div className="flex flex-wrap items-center gap-2 max-md:w-full max-md:flex-nowrap max-md:gap-1.5 max-md:[&>:first-child]:mr-auto">
        <Activity flow={flow} />
        <Versions flow={flow} canEdit={flow.can.edit} draftChanged={state.draftChanged || draft.dirty} flush={() => draft.flush()} onRestored={(restored) => draft.replace(restored)} />
        {flow.can.run && (
          <Button variant="ghost" aria-label="Test flow" icon={<Play aria-hidden />} busy={testing} onClick={onTest}>
            <span>
              Test<span className="max-md:hidden"> flow</span>
            </span>
          </Button>
        )}
        {flow.can.edit &&
          (unpublished ? (
            <Button variant="primary" busy={publishing} onClick={onPublish}>
              Publish
            </Button>
          ) : (
            <Tooltip content={`Nothing has changed since version ${flow.publishedVersion ?? ''}`}>
              <span>
                <Button variant="primary" disabled>
                  Publish
                </Button>
              </span>
            </Tooltip>
          ))}
        {(flow.can.edit || flow.can.run) && <More flow={flow} draft={draft} onRunNow={onRunNow} />}
      </div>
    </header>
  );
}

function Name({ draft, name }: { draft: Draft; name: string }) {
  const [before, setBefore] = useState(name);
  return (
    <input
      aria-label="Flow name"
      dir="auto"
      value={name}
      maxLength={120}
      spellCheck={false}
      onFocus={() => setBefore(name)}
      onChange={(event) => draft.rename(event.target.value)}
      onBlur={() => {
        // A flow is never without a name.
        if (name.trim() === '') draft.rename(before);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') {
          draft.rename(before);
          event.currentTarget.blur();
        }
      }}
      className="-ml-1 h-8 max-w-full min-w-[72px] [field-sizing:content] truncate rounded-sm border border-transparent bg-transparent px-1.5 text-lg font-[620] tracking-[-0.01em] outline-none hover:border-line focus:border-accent focus:bg-surface focus:ring-3 focus:ring-accent-weak"
    />
  );
}

function Saved({ save, onRetry }: { save: SaveState; onRetry: () => void }) {
  switch (save.kind) {
    case 'saved':
      return (
        <Pill tone="ok" icon={<CircleCheck aria-hidden />} data-save="saved" className="max-md:pr-[7px]">
          <span className="max-md:sr-only">Draft saved</span>
        </Pill>
      );
    case 'unsaved':
      return (
        <Pill tone="neutral" icon={<PencilLine aria-hidden />} data-save="unsaved">
          Not saved yet
        </Pill>
      );
    case 'saving':
      return (
        <Pill tone="neutral" icon={<LoaderCircle aria-hidden className="animate-spin" />} data-save="saving">
          Saving…
        </Pill>
      );
    case 'conflict':
      return (
        <Pill tone="bad" icon={<CircleAlert aria-hidden />} data-save="conflict">
          Changed elsewhere
        </Pill>
      );
    case 'failed':
      return (
        <span role="alert" className="flex items-center gap-2">
          <Tooltip content={save.error.message}>
            <span>
              <Pill tone="bad" icon={<CircleAlert aria-hidden />} data-save="failed">
                Not saved
              </Pill>
            </span>
          </Tooltip>
          <span className="sr-only">{save.error.message}</span>
          <Button size="sm" onClick={onRetry}>
            Save again
          </Button>
        </span>
      );
  }
}

/** Whether the trigger listens; a switch for those who may change it. */
function Activity({ flow }: { flow: Flow }) {
  const { enable, disable } = useFlowActions();
  const turn = useMutation({
    mutationFn: (on: boolean) => (on ? enable(flow.id) : disable(flow.id)),
    onSuccess: (after) => toast({ title: after.status === 'ACTIVE' ? `${after.name} is active` : `${after.name} is inactive` }),
  });
  const active = turn.isPending ? turn.variables : flow.status === 'ACTIVE';
  const word = active ? 'Active' : 'Inactive';
  if (!flow.can.edit) {
    return <Pill tone={active ? 'ok' : 'neutral'} icon={<CircleCheck aria-hidden />}>{word}</Pill>;
  }
  const never = flow.publishedVersion === null;
  const face = (
    <span className="flex items-center gap-2 px-1">
      <Switch label="Flow is active" checked={active} disabled={never || turn.isPending} onCheckedChange={(on) => turn.mutate(on)} />
      <span aria-hidden className="w-[52px] text-sm max-md:hidden font-[550] text-fg2">
        {word}
      </span>
    </span>
  );
  return never ? <Tooltip content="Publish first; then it can be turned on.">{face}</Tooltip> : face;
}

function More({ flow, draft, onRunNow }: { flow: Flow; draft: Draft; onRunNow: () => void }) {
  const project = useProject();
  const navigate = useNavigate();
  const actions = useFlowActions();
  const [deleting, setDeleting] = useState(false);
  const duplicate = useMutation({
    mutationFn: async () => {
      await draft.flush();
      return actions.duplicate(flow.id);
    },
    onSuccess: (copy) => void navigate({ to: '/p/$project/flows/$flow', params: { project: project.id, flow: copy.id } }),
  });
  const remove = useMutation({
    mutationFn: () => actions.remove(flow.id),
    onSuccess: () => {
      draft.abandon();
      toast({ title: `${flow.name} is deleted` });
      void navigate({ to: '/p/$project/flows', params: { project: project.id } });
    },
  });
  return (
    <>
      <Menu
        label="More"
        trigger={
          <IconButton label="More" size="md">
            <Ellipsis />
          </IconButton>
        }
      >
        {flow.can.run && (
          <MenuItem icon={<Rocket />} disabled={flow.publishedVersion === null} onSelect={onRunNow}>
            Run now…
          </MenuItem>
        )}
        {flow.can.edit && (
          <>
            <MenuItem icon={<CopyPlus />} onSelect={() => duplicate.mutate()}>
              Duplicate flow
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} danger onSelect={() => setDeleting(true)}>
              Delete flow…
            </MenuItem>
          </>
        )}
      </Menu>
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={`Delete ${flow.name}?`}
        confirm="Delete flow"
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>
          {flow.status === 'ACTIVE' ? 'It is active: what triggers it now will find nothing. ' : ''}
          Its draft and versions go with it. This cannot be undone.
        </p>
      </Confirm>
    </>
  );
}
