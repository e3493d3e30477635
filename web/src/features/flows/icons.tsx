import {
  Braces,
  CalendarClock,
  Filter,
  Globe,
  Hourglass,
  Mail,
  MousePointerClick,
  PauseCircle,
  Repeat,
  Reply,
  Split,
  Webhook,
  Workflow,
  Zap,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { AppIcon } from '@/features/apps/AppIcon';
import { cn } from '@/lib/cn';
import type { StepKind, Trigger } from './model/document';

const kinds: Record<Exclude<StepKind, 'action'> | Trigger['kind'], ComponentType<{ className?: string }>> = {
  http: Globe,
  branch: Split,
  loop: Repeat,
  delay: Hourglass,
  filter: Filter,
  set: Braces,
  run_flow: Workflow,
  wait: PauseCircle,
  send_email: Mail,
  respond: Reply,
  manual: MousePointerClick,
  webhook: Webhook,
  schedule: CalendarClock,
  app: Zap,
};

const sizes = {
  xs: 'size-[22px] rounded-[6px] [&_svg]:size-[13px]',
  sm: 'size-7 rounded-[7px] [&_svg]:size-4',
  md: 'size-[34px] rounded-md [&_svg]:size-[18px]',
};

/** The icon of a step or trigger: its app's, else its kind's. Decoration: the name stands beside it. */
export function StepIcon({
  kind,
  app,
  size = 'md',
  className,
}: {
  kind: StepKind | Trigger['kind'];
  app?: string | undefined;
  size?: keyof typeof sizes;
  className?: string;
}) {
  if (app) return <AppIcon app={app} size={size} {...(className ? { className } : {})} />;
  const Icon = kind === 'action' ? Zap : kinds[kind];
  return (
    <span aria-hidden className={cn('inline-grid shrink-0 place-items-center border bg-raised text-fg2', sizes[size], className)}>
      <Icon />
    </span>
  );
}
