import type { Connection } from '@/api/types';
import { timeLeft } from '@/lib/time';
import type { Tone } from '@/ui/pill';

/** What the dashboard calls the state of a connection. */
export interface StatusView {
  kind: 'active' | 'expiring' | 'expired' | 'error' | 'revoked' | 'deleted';
  tone: Tone;
  word: string;
}

type Stated = Pick<Connection, 'status'> &
  Partial<Pick<Connection, 'expiringSoon' | 'expiresAt' | 'deletedAt' | 'refreshable'>>;

/** Status and expiry forecast of a connection as word and colour. */
export function statusView(connection: Stated, now: number = Date.now()): StatusView {
  if (connection.deletedAt) return { kind: 'deleted', tone: 'neutral', word: 'In the trash' };
  switch (connection.status) {
    case 'EXPIRED':
      return { kind: 'expired', tone: 'bad', word: 'Expired' };
    case 'ERROR':
      return { kind: 'error', tone: 'bad', word: 'Error' };
    case 'REVOKED':
      return { kind: 'revoked', tone: 'bad', word: 'Revoked' };
    case 'ACTIVE':
      if (connection.expiringSoon && connection.expiresAt) {
        return { kind: 'expiring', tone: 'warn', word: `Expires in ${timeLeft(connection.expiresAt, now)}` };
      }
      return { kind: 'active', tone: 'ok', word: 'Active' };
  }
}

/** Whether flows that use it are stopped until somebody acts. */
export function isBroken(connection: Pick<Connection, 'status'>): boolean {
  return connection.status !== 'ACTIVE';
}

/** Account and key ending, for the second line of a connection: "support@acme.com · key ends 4xT9". */
export function identityLine(connection: Pick<Connection, 'account' | 'hint'>): string {
  return [connection.account.label ?? connection.account.id, connection.hint ? `key ends ${connection.hint}` : null].filter(Boolean).join(' · ');
}
