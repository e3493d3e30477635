import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection, ConnectSession } from '@/api/types';
import { useEvent } from '@/lib/hooks';
import { toast } from '@/ui/toast';

type Handler = (connection: Connection) => void;

let handlers: Handler[] = [];
/** One that came back before its page was there to take it. */
let unclaimed: Connection | null = null;

/**
 * Registers what the page does with a connection that was made by a full-page sign-in and has just come back
 * (the address then carries `connected=sess_…`). A page without a handler only gets the toast.
 */
export function useReturnedConnection(onConnected: Handler): void {
  const handle = useEvent(onConnected);
  useEffect(() => {
    handlers = [...handlers, handle];
    if (unclaimed) handle(unclaimed);
    unclaimed = null;
    return () => {
      handlers = handlers.filter((each) => each !== handle);
    };
  }, [handle]);
}

/** Stands once around the pages of a project and hands returning sign-ins to the page, see above. */
export function ReturnedConnection() {
  const project = useProject();
  const client = useQueryClient();
  const navigate = useNavigate();
  const session = (useSearch({ strict: false }) as { connected?: string }).connected;
  const path = project.path(`/connect-sessions/${session ?? ''}`);

  const ended = useEvent((result: ConnectSession) => {
    void client.invalidateQueries({ queryKey: [...project.key, 'connections'] });
    if (result.state === 'connected' && result.connection) {
      const { name, account } = result.connection;
      toast({ title: `${name} is connected`, ...(account.label ? { text: `Connected as ${account.label}` } : {}) });
      if (handlers.length === 0) unclaimed = result.connection;
      for (const handle of handlers) handle(result.connection);
    } else {
      toast({ tone: 'bad', title: result.error?.message ?? 'The sign-in did not finish. Nothing was changed.' });
    }
  });
  const clean = useEvent(() => {
    void navigate({
      to: '.',
      search: ((before: Record<string, unknown>) => ({ ...before, connected: undefined })) as never,
      replace: true,
    });
  });

  useEffect(() => {
    if (!session) return;
    let stopped = false;
    api
      .get<ConnectSession>(path)
      .then(
        (result) => {
          if (!stopped) ended(result);
        },
        (cause: unknown) => {
          if (!stopped) toast({ tone: 'bad', title: toApiError(cause).message });
        },
      )
      .finally(() => {
        if (!stopped) clean();
      });
    return () => {
      stopped = true;
    };
  }, [session, path, ended, clean]);
  return null;
}
