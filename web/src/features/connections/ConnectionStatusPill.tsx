import { CircleAlert, CircleCheck, CircleSlash, Clock3, ClockAlert, LoaderCircle, Trash2 } from 'lucide-react';
import type { Connection } from '@/api/types';
import { useNow } from '@/lib/hooks';
import { Pill } from '@/ui/pill';
import { statusView } from './status';

const icons = {
  active: CircleCheck,
  expiring: Clock3,
  expired: ClockAlert,
  error: CircleAlert,
  revoked: CircleSlash,
  deleted: Trash2,
};

export interface ConnectionStatusPillProps {
  connection: Pick<Connection, 'status'> &
    Partial<Pick<Connection, 'expiringSoon' | 'expiresAt' | 'deletedAt' | 'refreshable'>>;
  /** A check is under way. */
  checking?: boolean;
  className?: string;
}

/** A connection's status as colour, icon and word. */
export function ConnectionStatusPill({ connection, checking = false, className }: ConnectionStatusPillProps) {
  const now = useNow();
  if (checking) {
    return (
      <Pill tone="accent" icon={<LoaderCircle aria-hidden className="animate-spin" />} {...(className ? { className } : {})}>
        Checking
      </Pill>
    );
  }
  const view = statusView(connection, now);
  const Icon = icons[view.kind];
  return (
    <Pill tone={view.tone} icon={<Icon aria-hidden />} {...(className ? { className } : {})}>
      {view.word}
    </Pill>
  );
}
