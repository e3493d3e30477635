import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Ban, ChevronRight, RotateCcw, StepForward, Workflow, X } from 'lucide-react';
import { useDeferredValue, useMemo } from 'react';
import { toApiError } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { Sheet } from '@/features/flows/builder/Sheet';
import { Canvas } from '@/features/flows/canvas';
import type { TileMark } from '@/features/flows/canvas/context';
import { StepList } from '@/features/flows/canvas/StepList';
import { StepIcon } from '@/features/flows/icons';
import { TRIGGER, type FlowDocument } from '@/features/flows/model/document';
import { titleOf } from '@/features/flows/model/steps';
import { findStep, walk } from '@/features/flows/model/tree';
import { useNarrow, useTitle } from '@/lib/hooks';
import { duration } from '@/lib/time';
import { Button, IconButton } from '@/ui/button';
import { PageBody, PageTitle } from '@/ui/page';
import { Pill } from '@/ui/pill';
import { ErrorState, Note, Skeleton } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import { HeldNote } from './HeldNote';
import { useRun, useRunActions } from './queries';
import { RunStatusPill } from './status';
import { StepResult, TriggerResult } from './StepResult';
import { plainMessage } from './message';
import { documentOf, executionMark, executionsById } from './steps';
import { hasEnded, type Run } from './types';

/** `/p/{project}/runs/{id}` */
export function RunPage() {
  const project = useProject();
  const { run: id } = useParams({ from: '/signed-in/p/$project/runs/$run' });
  const query = useRun(id);
  // Drawn in small pieces, between which the page answers to taps: the skeleton stands meanwhile.
  const here = useDeferredValue(query.data !== undefined);
  if (query.data && here) return <RunView key={query.data.id} run={query.data} />;
  if (query.isError) {
    const gone = toApiError(query.error).status === 404;
    return (
      <PageBody>
        <PageTitle className="sr-only">Run</PageTitle>
        <ErrorState
          error={query.error}
          title={gone ? 'There is no such run' : 'This run did not load'}
          {...(gone ? {} : { onRetry: () => void query.refetch() })}
          className="pb-2"
        />
        <Button asChild className="self-center">
          <Link to="/p/$project/runs" params={{ project: project.id }}>
            All runs
          </Link>
        </Button>
      </PageBody>
    );
  }
  return (
    <div aria-busy className="flex h-dvh flex-col">
      <h1 className="sr-only">Run</h1>
      <span className="sr-only" role="status">
        Loading the run
      </span>
      <div className="flex h-[55px] items-center gap-3 border-b bg-surface px-6">
        <Skeleton className="h-5 w-64" />
      </div>
      <div className="flex flex-1 flex-col items-center gap-11 pt-10">
        <Skeleton className="h-[58px] w-[288px] rounded-lg" />
        <Skeleton className="h-[58px] w-[288px] rounded-lg" />
      </div>
    </div>
  );
}

/** A note over the whole width, under the header. */
const BANNER = 'items-center rounded-none border-b px-6 ring-0 max-md:px-4';

function RunView({ run }: { run: Run }) {
  const narrow = useNarrow();
  const search = useSearch({ from: '/signed-in/p/$project/runs/$run' });
  const navigate = useNavigate({ from: '/p/$project/runs/$run' });
  const executions = useMemo(() => executionsById(run.steps), [run.steps]);
  const document = useMemo(() => documentOf(run), [run]);
  const marks = useMemo(() => {
    const out = new Map<string, TileMark>([[TRIGGER, { status: 'SUCCEEDED' }]]);
    for (const step of walk(document.steps)) {
      const mark = executionMark(executions.get(step.id));
      out.set(step.id, mark.status || !hasEnded(run.status) ? mark : { status: 'PENDING' });
    }
    return out;
  }, [run.status, document, executions]);
  // What went wrong is what is looked for first.
  const failing = run.steps.find((step) => step.status === 'FAILED')?.id;
  const telling = run.steps.find((step) => step.status === 'FAILED' || step.status === 'HELD')?.id;
  const selected = search.step === '' ? null : (search.step ?? (narrow ? null : (telling ?? null)));
  const shown = selected && (selected === TRIGGER || findStep(document, selected)) ? selected : null;
  const select = (step: string | null): void =>
    void navigate({ search: { step: step ?? '' }, replace: true, resetScroll: false });
  const title = shown ? titleOf(document, shown) : '';
  const panel = shown && <ResultPanel run={run} document={document} step={shown} title={title} executions={executions.get(shown) ?? []} onClose={() => select(null)} />;
  return (
    <div className="flex h-dvh min-h-0 flex-col max-md:h-auto">
      <RunHeader run={run} />
      {run.status === 'HELD' && (
        <HeldNote run={run} className={BANNER} />
      )}
      {run.status === 'FAILED' && run.error && (
        <Note tone="bad" className={BANNER}>
          <span className="break-words">
            {failing && <strong className="font-[550]">{titleOf(document, failing)}: </strong>}
            {plainMessage(run.error.message, document)}
          </span>
        </Note>
      )}
      {narrow ? (
        <div className="p-4">
          <StepList document={document} webhookUrl={null} selected={shown} marks={marks} readOnly onSelect={select} />
          <Sheet open={panel !== null} onClose={() => select(null)} title={title}>
            {panel}
          </Sheet>
        </div>
      ) : (
        <div className="relative flex min-h-0 flex-1">
          <Canvas document={document} selected={shown} marks={marks} readOnly onSelect={select} />
          {panel && (
            <aside
              aria-label={title}
              className="flex w-[420px] shrink-0 flex-col border-l bg-surface max-lg:w-[min(360px,50%)]"
            >
              {panel}
            </aside>
          )}
        </div>
      )}
    </div>
  );
}

function ResultPanel({ run, document, step, title, executions, onClose }: { run: Run; document: FlowDocument; step: string; title: string; executions: Run['steps']; onClose: () => void }) {
  const found = findStep(document, step);
  return (
    <>
      <div className="flex items-center gap-2.5 border-b px-5 py-3 max-md:px-4">
        <StepIcon kind={found ? found.kind : document.trigger.kind} app={found?.app} />
        <h2 className="min-w-0 flex-1 truncate text-base">{title}</h2>
        <IconButton label="Close result" onClick={onClose}>
          <X />
        </IconButton>
      </div>
      <section aria-label="Step result" className="min-h-0 flex-1 overflow-y-auto px-5 py-4 max-md:px-4">
        {step === TRIGGER ? <TriggerResult run={run} /> : <StepResult key={step} run={run} document={document} executions={executions} heldTold />}
      </section>
    </>
  );
}

function RunHeader({ run }: { run: Run }) {
  const project = useProject();
  const can = useCan();
  const navigate = useNavigate();
  const actions = useRunActions();
  useTitle(`Run of ${run.flowName}`);
  const cancel = useMutation({ mutationFn: () => actions.cancel(run.id), onSuccess: () => toast({ title: 'The run is cancelled' }) });
  const retry = useMutation({
    mutationFn: (from: 'start' | 'failed_step') => actions.retry(run.id, from),
    onSuccess: (id) => {
      toast({ title: 'Running again' });
      if (id !== run.id) void navigate({ to: '/p/$project/runs/$run', params: { project: project.id, run: id } });
    },
  });
  const ended = hasEnded(run.status);
  const failed = run.steps.some((step) => step.status === 'FAILED');
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b bg-surface px-6 py-2.5 max-md:px-4">
      <div className="flex min-w-[240px] flex-1 flex-wrap items-center gap-x-2.5 gap-y-1">
        <Link to="/p/$project/runs" params={{ project: project.id }} className="flex items-center gap-1 rounded-sm text-sm text-fg3 hover:text-fg">
          Runs
          <ChevronRight aria-hidden className="size-3.5" />
        </Link>
        <PageTitle className="min-w-0 truncate text-lg leading-8"><bdi>{run.flowName}</bdi></PageTitle>
        <RunStatusPill status={run.status} />
        <Pill tone="neutral">{run.kind === 'test' ? 'Test of the draft' : run.version === null ? 'Live' : `Version ${run.version}`}</Pill>
        <span className="text-xs text-fg3">
          {run.startedAt && <TimeAgo at={run.startedAt} />}
          {run.durationMs !== null && ` · ${duration(run.durationMs)}`}
          {run.status === 'WAITING' && run.wakeAt && (
            <>
              {' · goes on '}
              <TimeAgo at={run.wakeAt} />
            </>
          )}
          {run.retryOf && (
            <>
              {' · '}
              <Link to="/p/$project/runs/$run" params={{ project: project.id, run: run.retryOf }} className="text-accent hover:underline">
                repeats an earlier run
              </Link>
            </>
          )}
        </span>
      </div>
      <div className="flex flex-wrap items-center gap-2 max-md:w-full max-md:*:flex-auto">
        <Button variant="ghost" asChild>
          <Link to="/p/$project/flows/$flow" params={{ project: project.id, flow: run.flow }}>
            <Workflow aria-hidden />
            Open flow
          </Link>
        </Button>
        {can('run.start') && !ended && (
          <Button icon={<Ban aria-hidden />} busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel run
          </Button>
        )}
        {can('run.start') && ended && (
          <>
            <Button icon={<RotateCcw aria-hidden />} busy={retry.isPending && retry.variables === 'start'} onClick={() => retry.mutate('start')}>
              Retry from start
            </Button>
            {run.status === 'FAILED' && failed && (
              <Button
                variant="primary"
                icon={<StepForward aria-hidden />}
                busy={retry.isPending && retry.variables === 'failed_step'}
                onClick={() => retry.mutate('failed_step')}
              >
                Retry from failed step
              </Button>
            )}
          </>
        )}
      </div>
    </header>
  );
}
