import type { ApiError } from '@/api/client';
import type { Account, Connection, ConnectSession } from '@/api/types';

/** What the dialog shows of a browser sign-in. Every path ends in one of the last seven. */
export type Phase =
  | { kind: 'idle' }
  | { kind: 'opening' }
  | { kind: 'waiting' }
  | { kind: 'blocked' }
  | { kind: 'checking' }
  | { kind: 'connected'; connection: Connection }
  | { kind: 'declined'; message: string | null }
  | { kind: 'timed_out' }
  | { kind: 'different_account'; account: Account | null; previous: Account | null }
  | { kind: 'failed'; message: string; providerError: string | null; requestId: string | null }
  | { kind: 'cancelled' };

/** States of the server's session after which nothing more comes. */
export const FINAL_STATES: ReadonlySet<ConnectSession['state']> = new Set([
  'connected',
  'declined',
  'failed',
  'expired',
  'different_account',
  'cancelled',
]);

/** The phase that a session's state on the server means; `blocked`: the browser refused the window. */
export function phaseOf(session: ConnectSession, blocked: boolean): Phase {
  switch (session.state) {
    case 'pending':
      return { kind: blocked ? 'blocked' : 'waiting' };
    case 'exchanging':
      return { kind: 'checking' };
    case 'connected':
      return session.connection
        ? { kind: 'connected', connection: session.connection }
        : { kind: 'failed', message: 'The sign-in worked, but the connection is gone.', providerError: null, requestId: null };
    case 'declined':
      return { kind: 'declined', message: session.error?.message ?? null };
    case 'expired':
      return { kind: 'timed_out' };
    case 'different_account':
      return { kind: 'different_account', account: session.account, previous: session.previousAccount };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'failed':
      return {
        kind: 'failed',
        message: session.error?.message ?? 'The sign-in failed.',
        providerError: session.error?.providerError ?? null,
        requestId: null,
      };
  }
}

/** A refusal of the server to open or change a session, as a phase. */
export function phaseOfError(error: ApiError): Phase {
  return { kind: 'failed', message: error.message, providerError: null, requestId: error.requestId };
}

/** Whether the sign-in is under way, so that leaving the dialog has to cancel it. */
export function isUnderWay(phase: Phase): boolean {
  return ['opening', 'waiting', 'blocked', 'checking', 'different_account'].includes(phase.kind);
}
