import { Ban, CircleCheck, CircleDashed, CircleX, Clock3, LoaderCircle, MinusCircle, PauseCircle } from 'lucide-react';
import type { ComponentType } from 'react';
import type { RunStatus, StepStatus } from '@/api/types';
import { cn } from '@/lib/cn';
import { Pill, type Tone } from '@/ui/pill';

interface View {
  word: string;
  tone: Tone;
  icon: ComponentType<{ className?: string; 'aria-hidden'?: boolean }>;
  spins?: boolean;
}

const runs: Record<RunStatus, View> = {
  QUEUED: { word: 'Queued', tone: 'neutral', icon: CircleDashed },
  RUNNING: { word: 'Running', tone: 'accent', icon: LoaderCircle, spins: true },
  WAITING: { word: 'Waiting', tone: 'neutral', icon: Clock3 },
  HELD: { word: 'Held', tone: 'warn', icon: PauseCircle },
  SUCCEEDED: { word: 'Succeeded', tone: 'ok', icon: CircleCheck },
  FAILED: { word: 'Failed', tone: 'bad', icon: CircleX },
  CANCELLED: { word: 'Cancelled', tone: 'neutral', icon: Ban },
};

const steps: Record<StepStatus, View> = {
  PENDING: { word: 'Not reached', tone: 'neutral', icon: CircleDashed },
  RUNNING: runs.RUNNING,
  WAITING: runs.WAITING,
  HELD: runs.HELD,
  SUCCEEDED: runs.SUCCEEDED,
  FAILED: runs.FAILED,
  SKIPPED: { word: 'Skipped', tone: 'neutral', icon: MinusCircle },
};

const colours: Record<Tone, string> = { ok: 'text-ok', bad: 'text-bad', warn: 'text-warn', accent: 'text-accent', neutral: 'text-fg3' };

function ViewPill({ view }: { view: View }) {
  const Icon = view.icon;
  return (
    <Pill tone={view.tone} icon={<Icon aria-hidden className={cn(view.spins && 'animate-spin')} />}>
      {view.word}
    </Pill>
  );
}

/** A run's status as colour, icon and word. */
export function RunStatusPill({ status }: { status: RunStatus }) {
  return <ViewPill view={runs[status]} />;
}

/** A step's status in a run as colour, icon and word. */
export function StepStatusPill({ status }: { status: StepStatus }) {
  return <ViewPill view={steps[status]} />;
}

export function runStatusWord(status: RunStatus): string {
  return runs[status].word;
}

export function stepStatusWord(status: StepStatus): string {
  return steps[status].word;
}

/** A step's status as an icon alone; its word belongs to the accessible name of what it stands in. */
export function StepStatusIcon({ status, className }: { status: StepStatus; className?: string }) {
  const { icon: Icon, tone, spins } = steps[status];
  return <Icon aria-hidden className={cn('size-[18px] shrink-0', colours[tone], spins && 'animate-spin', className)} />;
}

export const RUN_STATUSES: readonly RunStatus[] = ['QUEUED', 'RUNNING', 'WAITING', 'HELD', 'SUCCEEDED', 'FAILED', 'CANCELLED'];
