import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection, ConnectSession } from '@/api/types';
import { useEvent } from '@/lib/hooks';
import { announce } from '@/ui/announce';
import { toast } from '@/ui/toast';

/**
 * After a full-page sign-in the address carries `connected=sess_…`. Reads how that session ended from the
 * server, takes the parameter out of the address, and calls `onConnected` with the connection; every other
 * ending is told in a toast. The page's search schema must let `connected` through.
 */
export function useReturnedConnection(onConnected: (connection: Connection) => void): void {
  const project = useProject();
  const client = useQueryClient();
  const navigate = useNavigate();
  const session = (useSearch({ strict: false }) as { connected?: string }).connected;
  const done = useEvent((result: ConnectSession) => {
    void client.invalidateQueries({ queryKey: [...project.key, 'connections'] });
    if (result.state === 'connected' && result.connection) {
      announce(`${result.connection.name} is connected`);
      onConnected(result.connection);
    } else {
      toast({ tone: 'bad', title: result.error?.message ?? 'The sign-in did not finish. Nothing was changed.' });
    }
  });
  const path = project.path(`/connect-sessions/${session ?? ''}`);
  useEffect(() => {
    if (!session) return;
    let stopped = false;
    api
      .get<ConnectSession>(path)
      .then(
        (result) => {
          if (!stopped) done(result);
        },
        (cause: unknown) => {
          if (!stopped) toast({ tone: 'bad', title: toApiError(cause).message });
        },
      )
      .finally(() => {
        if (!stopped) {
          void navigate({
            to: '.',
            search: ((before: Record<string, unknown>) => ({ ...before, connected: undefined })) as never,
            replace: true,
          });
        }
      });
    return () => {
      stopped = true;
    };
  }, [session, path, done, navigate]);
}
