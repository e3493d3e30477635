import { api, toApiError } from '@/api/client';
import type { ConnectSession } from '@/api/types';
import { FINAL_STATES } from './phase';

/** Name of the channel on which the "done" page says that a session has ended. Only a hint to look sooner. */
export const CONNECT_CHANNEL = 'patchbay.connect';

const POLL_MS = 1500;

/**
 * Follows a connect session on the server until it ends: server-sent events, and reading it again every
 * 1.5 s while those do not work. The window that signs in is never asked: providers cut it off from us.
 *
 * @param path below `/api/v1`, `/projects/{p}/connect-sessions/{id}`
 * @returns the way to stop
 */
export function watchConnectSession(path: string, onChange: (session: ConnectSession) => void): () => void {
  let stopped = false;
  let timer = 0;
  let streaming = false;
  const stop = (): void => {
    stopped = true;
    window.clearTimeout(timer);
    events.close();
    channel?.close();
    window.removeEventListener('focus', read);
  };
  const take = (session: ConnectSession): void => {
    if (stopped) return;
    if (FINAL_STATES.has(session.state)) stop();
    onChange(session);
  };
  const again = (): void => {
    window.clearTimeout(timer);
    if (!stopped && !streaming) timer = window.setTimeout(read, POLL_MS);
  };
  function read(): void {
    if (stopped) return;
    api.get<ConnectSession>(path).then(take, (cause: unknown) => {
      // Gone for good is an ending too; an unreachable server is asked again.
      if (toApiError(cause).status === 404 && !stopped) {
        stop();
        onChange({
          id: '',
          app: '',
          state: 'expired',
          expiresAt: '',
          connection: null,
          error: null,
          account: null,
          previousAccount: null,
        });
      }
    }).finally(again);
  }

  const events = new EventSource(`/api/v1${path}/events`);
  events.addEventListener('open', () => {
    streaming = true;
  });
  events.addEventListener('session', (event) => {
    try {
      take(JSON.parse((event as MessageEvent<string>).data) as ConnectSession);
    } catch {
      read();
    }
  });
  events.addEventListener('error', () => {
    streaming = false;
    again();
  });
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CONNECT_CHANNEL);
  channel?.addEventListener('message', read);
  window.addEventListener('focus', read);
  // In case a proxy on the way holds the stream back: read once soon, whether or not events come.
  timer = window.setTimeout(read, POLL_MS);
  return stop;
}
