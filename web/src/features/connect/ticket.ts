import { recall, remember } from '@/lib/store';

/** What the "done" page needs to know of a sign-in that this browser began. */
export interface Ticket {
  project: string;
  /** Path to go on at. */
  returnTo: string;
  /** `popup`: the page may close itself; `page`: the whole tab went to the provider. */
  mode: 'popup' | 'page';
}

/** Notes a sign-in under its session's id. */
export function keepTicket(session: string, ticket: Ticket): void {
  remember(`connect.${session}`, JSON.stringify(ticket));
}

/** What {@link keepTicket} noted, or null: another browser, or storage refused. */
export function readTicket(session: string): Ticket | null {
  try {
    const ticket = JSON.parse(recall(`connect.${session}`) ?? 'null') as Ticket | null;
    return ticket && ticket.returnTo.startsWith('/') && !ticket.returnTo.startsWith('//') ? ticket : null;
  } catch {
    return null;
  }
}

export function dropTicket(session: string): void {
  remember(`connect.${session}`, null);
}

/** `path` with `connected={session}` in its query. */
export function withConnected(path: string, session: string): string {
  const url = new URL(path, window.location.origin);
  url.searchParams.set('connected', session);
  return url.pathname + url.search + url.hash;
}
