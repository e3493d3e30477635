import { useQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, CircleHelp } from 'lucide-react';
import { useEffect } from 'react';
import { api, toApiError } from '@/api/client';
import type { ConnectSession, Me } from '@/api/types';
import { Brand } from '@/layout/Brand';
import { useTitle } from '@/lib/hooks';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { FINAL_STATES } from './phase';
import { dropTicket, readTicket, withConnected, type Ticket } from './ticket';
import { CONNECT_CHANNEL } from './watch';

/** Finds the session: in the project noted at the start, else in whichever project of this person has it. */
async function find(id: string, ticket: Ticket | null): Promise<{ session: ConnectSession; project: string }> {
  const read = (project: string): Promise<ConnectSession> =>
    api.get<ConnectSession>(`/projects/${project}/connect-sessions/${id}`, { anonymous: true });
  if (ticket) return { session: await read(ticket.project), project: ticket.project };
  const me = await api.get<Me>('/auth/me', { anonymous: true });
  let failure: unknown = null;
  for (const project of me.projects) {
    try {
      return { session: await read(project.id), project: project.id };
    } catch (cause) {
      failure = cause;
    }
  }
  throw failure ?? new Error('no project');
}

/** `/connect/done?session=`: where a provider's page ends. Says how, then closes itself or goes back. */
export function DonePage() {
  const { session: id } = useSearch({ from: '/connect/done' });
  const router = useRouter();
  const ticket = id ? readTicket(id) : null;
  const query = useQuery({
    queryKey: ['connect-done', id],
    queryFn: () => find(id ?? '', ticket),
    enabled: Boolean(id),
    retry: (failures, cause) => failures < 2 && [0, 502, 503].includes(toApiError(cause).status),
    refetchInterval: (running) =>
      running.state.data && !FINAL_STATES.has(running.state.data.session.state) ? 800 : false,
  });
  const session = query.data?.session;
  const ended = session ? FINAL_STATES.has(session.state) : false;
  const popup = ticket ? ticket.mode === 'popup' : window.name !== '' || window.opener !== null;
  const project = query.data?.project;
  const returnTo = ticket?.returnTo ?? session?.returnTo ?? (project ? `/p/${project}/connections` : '/');

  useEffect(() => {
    if (!id || !ended) return;
    if (typeof BroadcastChannel !== 'undefined') {
      const channel = new BroadcastChannel(CONNECT_CHANNEL);
      channel.postMessage({ session: id });
      channel.close();
    }
    if (popup) {
      const timer = window.setTimeout(() => {
        dropTicket(id);
        window.close();
      }, 600);
      return () => window.clearTimeout(timer);
    }
    dropTicket(id);
    router.history.replace(withConnected(returnTo, id));
    return undefined;
    // `ticket` is read anew each time; what it says does not change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, ended]);

  const view = wording(session, id, query.error);
  useTitle(view.title);
  const Icon = { ok: CircleCheck, bad: CircleAlert, open: CircleHelp, busy: null }[view.tone];
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 p-6 text-center">
      <Brand />
      <div role="status" className="flex flex-col items-center gap-2">
        {Icon ? (
          <Icon aria-hidden className={{ ok: 'size-8 text-ok', bad: 'size-8 text-bad', open: 'size-8 text-fg3', busy: '' }[view.tone]} />
        ) : (
          <Spinner className="size-6 text-accent" />
        )}
        <h1>{view.title}</h1>
        <p className="max-w-[44ch] text-fg2">{view.text}</p>
      </div>
      {view.tone !== 'busy' && (
        <div className="flex flex-wrap justify-center gap-2">
          {popup && ended ? (
            <Button onClick={() => window.close()}>Close this window</Button>
          ) : (
            <Button variant="primary" onClick={() => router.history.replace(ended && id ? withConnected(returnTo, id) : returnTo)}>
              Go on in Patchbay
            </Button>
          )}
        </div>
      )}
    </main>
  );
}

function wording(
  session: ConnectSession | undefined,
  id: string | undefined,
  error: unknown,
): { tone: 'ok' | 'bad' | 'open' | 'busy'; title: string; text: string } {
  const back = 'You can close this window and go on in Patchbay.';
  if (!id) return { tone: 'open', title: 'Nothing to finish', text: 'This page belongs to a sign-in, but the address names none.' };
  if (error) {
    const status = toApiError(error).status;
    return status === 401
      ? { tone: 'bad', title: 'You are signed out of Patchbay', text: 'Sign in to Patchbay in this browser and connect the app again.' }
      : { tone: 'open', title: 'This sign-in is over', text: `Patchbay no longer knows it. ${back}` };
  }
  switch (session?.state) {
    case 'connected':
      return {
        tone: 'ok',
        title: session.connection?.account.label ? `Connected as ${session.connection.account.label}` : 'Connected',
        text: back,
      };
    case 'declined':
      return { tone: 'bad', title: 'Declined', text: `Access was not allowed. ${back}` };
    case 'failed':
      return { tone: 'bad', title: 'The sign-in failed', text: session.error?.message ?? back };
    case 'expired':
      return { tone: 'bad', title: 'Timed out', text: `The sign-in took longer than 10 minutes. ${back}` };
    case 'different_account':
      return { tone: 'open', title: 'This is a different account', text: 'Choose in the Patchbay window what shall happen.' };
    case 'cancelled':
      return { tone: 'open', title: 'Cancelled', text: back };
    default:
      return { tone: 'busy', title: 'Checking the account…', text: 'This takes a moment.' };
  }
}
