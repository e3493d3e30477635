import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Redo2, Undo2 } from 'lucide-react';
import { Suspense, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection, FlowProblem } from '@/api/types';
import { appQuery } from '@/features/apps/queries';
import { latestRunQuery, useRun } from '@/features/runs/queries';
import { hasEnded } from '@/features/runs/types';
import { queryClient } from '@/queryClient';
import { useEvent, useNarrow } from '@/lib/hooks';
import { later } from '@/lib/later';
import { announce } from '@/ui/announce';
import { Button, IconButton } from '@/ui/button';
import { DialogPending } from '@/ui/dialog';
import { Note, PagePending, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';
import { Tooltip } from '@/ui/tooltip';
import { Tabs as RadixTabs } from 'radix-ui';
import { Canvas } from '../canvas';
import type { CanvasCommand } from '../canvas/context';
import { StepList } from '../canvas/StepList';
import { needsInput, TRIGGER, type Place } from '../model/document';
import { beyondEmpty, standing } from '../model/problems';
import { newStep, stepTitle, titleOf, type Choice } from '../model/steps';
import { duplicateStep, findStep, insertStep, moveStep, placeAfter, placeOf, removeStep, updateStep } from '../model/tree';
import { focusFirstField, focusNextEmpty } from '../panel/focus';
import { PollingNote } from '../panel/PollingStatus';
import { triggerSampleQuery, useFlowActions } from '../queries';
import type { Flow } from '../types';
import type { Draft } from './draft';
import { Header } from './Header';
import { RunBar } from './RunBar';
import { Sheet } from './Sheet';
import { useDraft } from './useDraft';
import { useMarks } from './useMarks';

// What is not seen at first comes later: the panel, the dialogs, the tab of runs.
const loadAsked = () => import('./asked');
const SidePanel = later(async () => (await loadAsked()).SidePanel);
const StepPicker = later(async () => (await loadAsked()).StepPicker);
const PublishDialog = later(async () => (await loadAsked()).PublishDialog);
const RunTable = later(async () => (await import('@/features/runs/RunTable')).RunTable);

/** Fetches what the builder shows when asked for it. */
export async function askedAhead(): Promise<void> {
  await Promise.all([SidePanel, StepPicker, PublishDialog, RunTable].map((each) => each.preload()));
}

/** The builder of one flow: header, canvas, step panel, test, runs. */
export function Builder({ flow, returned, onReturnedUsed }: { flow: Flow; returned: Connection | null; onReturnedUsed: () => void }) {
  const project = useProject();
  const narrow = useNarrow();
  const search = useSearch({ from: '/signed-in/p/$project/flows/$flow' });
  const navigate = useNavigate({ from: '/p/$project/flows/$flow' });
  const actions = useFlowActions();
  const { draft, state } = useDraft(flow);
  const document = state.history.present;
  const readOnly = !flow.can.edit;
  const tab = search.tab ?? 'builder';

  const selected = search.step && (search.step === TRIGGER || findStep(document, search.step)) ? search.step : null;
  const [asking, setAsking] = useState<'test' | 'live' | null>(flow.can.run && flow.publishedVersion !== null ? (search.ask ?? null) : null);
  const [adding, setAdding] = useState<Place | null>(null);
  // Empty fields are pointed out from the first attempt to publish or test on.
  const [strict, setStrict] = useState(false);
  const [missing, setMissing] = useState<readonly FlowProblem[] | null>(null);

  const go = (part: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  // Asked once: not again when the page is loaded anew.
  const forgetAsk = useEvent(() => {
    if (search.ask) go({ ask: undefined });
  });
  useEffect(forgetAsk, [forgetAsk]);
  const select = (id: string | null): void => {
    setAsking(null);
    if (id !== (search.step ?? null)) go({ step: id ?? undefined });
  };

  // ---- the test on the canvas, and sample data ----
  const run = useRun(search.run).data;
  // Only the panel shows them; the page comes without.
  const latest = useQuery({ ...latestRunQuery(project, flow.id), enabled: (asking ?? selected) !== null });
  const source = run && run.steps.length > 0 ? run : latest.data;
  const loaded = useQuery(triggerSampleQuery(project, flow.id, document.trigger)).data;
  // An item loaded from the app is newer than what any run has shown.
  const item = loaded?.items[loaded.chosen];
  const problems = useMemo(() => standing(state.problems, state.checked, document), [state.problems, state.checked, document]);
  const marks = useMarks(document, problems, run, flow.triggerStatus);
  const settled = run && hasEnded(run.status) ? run : undefined;
  const settledId = settled?.id;
  const settledStatus = settled?.status;
  const finished = useEvent(() => {
    if (settled) queryClient.setQueryData([...project.key, 'runs', 'latest', flow.id], settled);
  });
  useEffect(() => {
    if (settledId) finished();
  }, [settledId, finished]);

  const begin = async (kind: 'test' | 'live', input: unknown): Promise<void> => {
    await draft.saved();
    if (kind === 'live') {
      const { runId } = await actions.run(flow.id, input);
      await navigate({ to: '/p/$project/runs/$run', params: { project: project.id, run: runId } });
      return;
    }
    let runId: string;
    try {
      ({ runId } = await actions.test(flow.id, input));
    } catch (cause) {
      const error = toApiError(cause);
      if (error.code !== 'FLOW_INVALID' || !Array.isArray(error.details['problems'])) throw cause;
      setMissing(error.details['problems'] as FlowProblem[]);
      setStrict(true);
      return;
    }
    setAsking(null);
    announce('The test has started');
    go({ run: runId, tab: undefined });
  };
  const quickTest = useMutation({ mutationFn: () => begin('test', item ?? {}) });
  const test = (): void => {
    if (tab !== 'builder') go({ tab: undefined });
    if (needsInput(document)) setAsking('test');
    else quickTest.mutate();
  };
  useEffect(() => {
    if (settledStatus) announce(settledStatus === 'SUCCEEDED' ? 'The test succeeded' : settledStatus === 'FAILED' ? 'The test failed' : 'The test was cancelled');
  }, [settledStatus, settledId]);

  // ---- publish ----
  const publish = useMutation({
    mutationFn: async (): Promise<{ problems: readonly FlowProblem[] } | { published: Flow }> => {
      await draft.saved();
      const { problems } = draft.get();
      if (problems.length > 0) return { problems };
      try {
        return { published: await actions.publish(flow.id) };
      } catch (cause) {
        const error = toApiError(cause);
        if (error.code === 'FLOW_INVALID' && Array.isArray(error.details['problems'])) {
          return { problems: error.details['problems'] as FlowProblem[] };
        }
        throw cause;
      }
    },
    onSuccess: (result) => {
      if ('problems' in result) {
        setMissing(result.problems);
        setStrict(true);
        return;
      }
      const { published } = result;
      toast({
        title: `Version ${published.publishedVersion ?? ''} is published`,
        ...(published.status === 'ACTIVE'
          ? { text: 'New runs use it from now on.' }
          : {
              text: 'The flow is inactive: it does not listen yet.',
              action: { label: 'Turn on', onClick: () => void actions.enable(flow.id).catch((cause: unknown) => toast({ tone: 'bad', title: toApiError(cause).message })) },
            }),
      });
    },
  });
  const jump = (problem: FlowProblem): void => {
    setMissing(null);
    select(problem.step ?? TRIGGER);
    if (problem.path === 'connection' || problem.code === 'REQUIRED') focusNextEmpty(problem.path === 'connection');
    else focusFirstField();
  };

  // ---- editing ----
  const add = (choice: Choice): void => {
    const place = adding;
    setAdding(null);
    if (!place) return;
    const app = 'app' in choice && choice.app ? queryClient.getQueryData(appQuery(choice.app).queryKey) : undefined;
    const step = newStep(document, choice, app);
    draft.edit((before) => insertStep(before, place, step));
    announce(`${stepTitle(step)} is added`);
    select(step.id);
    focusFirstField();
  };
  const remove = (id: string): void => {
    const step = findStep(document, id);
    const place = placeOf(document, id);
    if (!step || !place) return;
    const before = document;
    draft.edit((now) => removeStep(now, id));
    if (selected === id) select(null);
    toast({
      title: `${stepTitle(step)} is deleted`,
      action: {
        label: 'Undo',
        onClick: () => {
          // The very step comes back; if much has changed since, at the end of the flow.
          if (draft.get().history.past.at(-1) === before) draft.undo();
          else draft.edit((now) => (findStep(now, id) ? now : insertStep(now, placeOf(now, place.parent ?? '') || place.parent === null ? place : { parent: null, index: now.steps.length }, step)));
        },
      },
    });
    focusTileSoon(neighbourOf(place, before, id));
  };
  const duplicate = (id: string): void => {
    const copy = duplicateStep(document, id);
    if (!copy) return;
    draft.edit(() => copy.document);
    select(copy.id);
    announce('The step is duplicated');
    if (!narrow) focusTileSoon(copy.id);
  };
  const move = (id: string, by: -1 | 1): void => {
    const next = moveStep(document, id, by);
    if (next === document) {
      announce(by < 0 ? 'It is the first step here' : 'It is the last step here');
      return;
    }
    draft.edit(() => next);
    announce(`${titleOf(next, id)} is now number ${(placeOf(next, id)?.index ?? 0) + 1}`);
  };
  const command = (id: string, what: CanvasCommand): void => {
    switch (what) {
      case 'open':
        focusFirstField();
        break;
      case 'add':
      case 'add_before':
        setAdding(placeAfter(document, id));
        break;
      case 'delete':
        if (id !== TRIGGER) remove(id);
        break;
      case 'duplicate':
        if (id !== TRIGGER) duplicate(id);
        break;
      case 'up':
      case 'down':
        if (id !== TRIGGER) move(id, what === 'up' ? -1 : 1);
    }
  };
  const canUndo = state.history.past.length > 0;
  const canRedo = state.history.future.length > 0;
  const onKey = useEvent((event: KeyboardEvent): void => {
    if (readOnly || tab !== 'builder' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    // A plain field undoes its own typing.
    if (target && ['INPUT', 'TEXTAREA'].includes(target.tagName)) return;
    if (window.document.querySelector('[role="dialog"]:not([data-step-sheet]),[role="alertdialog"]')) return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) draft.redo();
    else draft.undo();
  });
  useEffect(() => {
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onKey]);

  // ---- a connection that comes back from a full-page sign-in ----
  const takeReturned = useEvent((connection: Connection): void => {
    const id = search.step;
    if (!id || readOnly) return;
    if (id === TRIGGER) {
      draft.edit((now) =>
        now.trigger.kind === 'app' && now.trigger.app === connection.app
          ? { ...now, trigger: { ...now.trigger, connection: { $connection: connection.id } } }
          : now,
      );
    } else {
      draft.edit((now) =>
        updateStep(now, id, (step) =>
          step.app === undefined || step.app === connection.app ? { ...step, connection: { $connection: connection.id } } : step,
        ),
      );
    }
    announce(`${connection.name} is connected and selected in this step`);
    focusNextEmpty();
  });
  useEffect(() => {
    if (!returned) return;
    takeReturned(returned);
    onReturnedUsed();
  }, [returned, takeReturned, onReturnedUsed]);

  const panelTitle = asking === 'live' ? 'Run now' : asking === 'test' ? 'Test flow' : selected ? titleOf(document, selected) : '';
  const closePanel = (): void => {
    if (asking) setAsking(null);
    else select(null);
  };
  // What a test begins with is written into its field once.
  const panel = asking && latest.isLoading ? (
    <PanelPending />
  ) : (asking ?? selected) !== null && (
    <Suspense fallback={<PanelPending />}>
      <SidePanel
        flow={flow}
        draft={draft}
        document={document}
        asking={asking}
        selected={selected}
        problems={strict ? problems : beyondEmpty(problems)}
        run={run}
        source={source}
        item={item}
        onStart={begin}
        onClose={() => {
          closePanel();
          if (selected && !asking && !narrow) focusTileSoon(selected);
        }}
        onDelete={remove}
        onDuplicate={duplicate}
        onMove={move}
      />
    </Suspense>
  );

  const undoButtons = !readOnly && (
    <span className="flex rounded-md border bg-surface p-0.5 shadow-low">
      <Tooltip content="Undo (Ctrl+Z)">
        <IconButton label="Undo" disabled={!canUndo} onClick={() => draft.undo()}>
          <Undo2 />
        </IconButton>
      </Tooltip>
      <Tooltip content="Redo (Ctrl+Shift+Z)">
        <IconButton label="Redo" disabled={!canRedo} onClick={() => draft.redo()}>
          <Redo2 />
        </IconButton>
      </Tooltip>
    </span>
  );
  const bar = run && <RunBar run={run} document={document} onShow={select} onClear={() => go({ run: undefined })} />;
  const aside = useRef<HTMLElement>(null);

  return (
    <div className="flex h-dvh min-h-0 flex-col max-md:h-auto max-md:min-h-[calc(100dvh-52px)]">
      <Header
        flow={flow}
        draft={draft}
        state={state}
        onTest={test}
        testing={quickTest.isPending}
        onRunNow={() => setAsking('live')}
        onPublish={() => publish.mutate()}
        publishing={publish.isPending}
      />
      {state.save.kind === 'conflict' && <Conflict draft={draft} />}
      {readOnly && (
        <Note className="rounded-none border-b px-6 max-md:px-4">You can look at this flow. Ask a project admin for the editor role to change it.</Note>
      )}
      {flow.triggerStatus && selected !== TRIGGER && (
        <PollingNote status={flow.triggerStatus} className="items-center rounded-none border-b px-6 ring-0 max-md:px-4" onLeaving={() => void draft.flush()} />
      )}
      <RadixTabs.Root
        value={tab}
        onValueChange={(next) => go({ tab: next === 'runs' ? 'runs' : undefined })}
        className="flex min-h-0 flex-1 flex-col"
      >
        <RadixTabs.List aria-label="Flow" className="flex gap-5 border-b bg-surface px-6 max-md:px-4">
          {(['builder', 'runs'] as const).map((each) => (
            <RadixTabs.Trigger
              key={each}
              value={each}
              className="-mb-px border-b-2 border-transparent px-0.5 pt-2 pb-2 text-sm font-[550] text-fg2 hover:text-fg data-[state=active]:border-accent data-[state=active]:text-fg"
            >
              {each === 'builder' ? 'Builder' : 'Runs'}
            </RadixTabs.Trigger>
          ))}
        </RadixTabs.List>
        <RadixTabs.Content value="builder" tabIndex={-1} className="flex min-h-0 flex-1 outline-none">
          {narrow ? (
            <div className="flex min-w-0 flex-1 flex-col gap-3 p-4">
              <div className="flex items-center gap-2">{undoButtons}</div>
              {bar}
              <StepList
                document={document}
                webhookUrl={flow.webhookUrl ?? null}
                selected={selected}
                marks={marks}
                readOnly={readOnly}
                onSelect={select}
                onAdd={setAdding}
              />
              <Sheet open={panel !== false} onClose={closePanel} title={panelTitle}>
                {panel}
              </Sheet>
            </div>
          ) : (
            <div className="relative flex min-w-0 flex-1">
              <Canvas
                document={document}
                webhookUrl={flow.webhookUrl}
                selected={selected}
                marks={marks}
                readOnly={readOnly}
                onSelect={select}
                onAdd={setAdding}
                onCommand={command}
                controls={undoButtons}
              >
                {bar && <div className="pointer-events-none absolute inset-x-3 bottom-15 flex justify-center @5xl:inset-x-56 @5xl:bottom-3">{bar}</div>}
                {document.steps.length === 0 && !readOnly && !panel && (
                  <div className="pointer-events-none absolute inset-x-0 top-44 flex justify-center">
                    <Button className="pointer-events-auto" onClick={() => setAdding({ parent: null, index: 0 })}>
                      Choose the first step
                    </Button>
                  </div>
                )}
              </Canvas>
              {panel && (
                // Escape closes it from anywhere inside; the button for that is in it too.
                // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
                <aside
                  ref={aside}
                  aria-label={panelTitle}
                  onKeyDown={(event) => {
                    if (event.key !== 'Escape' || event.defaultPrevented || !aside.current?.contains(event.target as Node)) return;
                    closePanel();
                    if (selected) focusTileSoon(selected);
                  }}
                  className="flex w-[400px] shrink-0 flex-col border-l bg-surface max-lg:w-[min(360px,50%)]"
                >
                  {panel}
                </aside>
              )}
            </div>
          )}
        </RadixTabs.Content>
        <RadixTabs.Content value="runs" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto p-6 outline-none max-md:p-4">
          {tab === 'runs' && (
            <Suspense fallback={<PagePending />}>
              <RunTable filters={{ flow: flow.id }} showFlow={false} />
            </Suspense>
          )}
        </RadixTabs.Content>
      </RadixTabs.Root>
      <FromFirst wanted={adding !== null}>
        <StepPicker
          open={adding !== null}
          onOpenChange={(open) => {
            if (!open) setAdding(null);
          }}
          onPick={add}
        />
      </FromFirst>
      <FromFirst wanted={missing !== null}>
        <PublishDialog
          open={missing !== null}
          onOpenChange={(open) => {
            if (!open) setMissing(null);
          }}
          problems={missing ?? []}
          document={document}
          onJump={jump}
        />
      </FromFirst>
    </div>
  );
}

/** A dialog from the first time it is wanted on: closing, it still gives focus back. */
function FromFirst({ wanted, children }: { wanted: boolean; children: ReactNode }) {
  const [drawn, setDrawn] = useState(wanted);
  if (wanted && !drawn) setDrawn(true);
  return drawn && <Suspense fallback={<DialogPending />}>{children}</Suspense>;
}

/** In the panel's place while its code is on its way. */
function PanelPending() {
  return (
    <div role="status" aria-label="Opening" className="flex flex-col gap-5 p-5 max-md:p-4">
      <Skeleton className="h-8 w-2/3" />
      <Skeleton className="h-9" />
      <Skeleton className="h-9" />
    </div>
  );
}

function Conflict({ draft }: { draft: Draft }) {
  const theirs = useMutation({ mutationFn: () => draft.takeTheirs() });
  const mine = useMutation({ mutationFn: () => draft.keepMine() });
  return (
    <Note
      tone="bad"
      className="items-center rounded-none border-b px-6 ring-0 max-md:flex-wrap max-md:px-4"
      action={
        <span className="flex gap-2">
          <Button size="sm" busy={theirs.isPending} onClick={() => theirs.mutate()}>
            Reload theirs
          </Button>
          <Button size="sm" variant="danger" busy={mine.isPending} onClick={() => mine.mutate()}>
            Overwrite with mine
          </Button>
        </span>
      }
    >
      This flow was changed somewhere else while you edited it. Nothing of yours is saved until you choose.
    </Note>
  );
}

/** The tile that focus goes to after a step is deleted: the one before it, else what it stood in. */
function neighbourOf(place: Place, before: Flow['draft'], id: string): string {
  let last: string = place.parent ?? TRIGGER;
  const steps = place.parent === null ? before.steps : undefined;
  if (steps) {
    const at = steps.findIndex((step) => step.id === id);
    last = steps[at - 1]?.id ?? TRIGGER;
  }
  return last;
}

/** Puts focus on a tile once it is drawn; again if what is being taken away takes the focus with it. */
function focusTileSoon(id: string): void {
  let tries = 0;
  const attempt = (): void => {
    tries += 1;
    const active = window.document.activeElement;
    if (tries === 1 || active === null || active === window.document.body) {
      window.document.querySelector<HTMLElement>(`[data-tile="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
    }
    if (tries < 5) window.setTimeout(attempt, 100);
  };
  window.setTimeout(attempt, 60);
}
