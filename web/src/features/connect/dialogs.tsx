import { useQueryClient } from '@tanstack/react-query';
import { createContext, lazy, Suspense, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Connection } from '@/api/types';
import { useCan, useProject } from '@/api/session';
import { appsQuery } from '@/features/apps/queries';
import { connectedAppsQuery } from '@/features/connections/queries';
import { useEvent } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { preloadOnUse } from '@/lib/idle';
import { DialogPending } from '@/ui/dialog';
import { ConnectPane } from './pane';

const loadNew = () => import('./NewConnectionDialog');
const loadReconnect = () => import('./ReconnectDialog');
/** "New connection"; its code comes when it is drawn first. */
export const NewConnectionDialog = lazy(async () => ({ default: (await loadNew()).NewConnectionDialog }));
const ReconnectDialog = lazy(async () => ({ default: (await loadReconnect()).ReconnectDialog }));

interface ConnectDialogs {
  /** Opens "New connection", at the app's pane when one is given. */
  newConnection: (app?: string, onConnected?: (connection: Connection) => void) => void;
  /** Opens "Reconnect" for a connection. */
  reconnect: (connection: Connection) => void;
}

const Context = createContext<ConnectDialogs | null>(null);

/** The connect dialogs, from anywhere in a project: lists, banners, the palette, the `C` key. */
export function useConnectDialogs(): ConnectDialogs {
  const dialogs = use(Context);
  if (!dialogs) throw new Error('useConnectDialogs is used outside a project page.');
  return dialogs;
}

interface NewRequest {
  app: string | undefined;
  onConnected: ((connection: Connection) => void) | undefined;
  open: boolean;
}

export function ConnectDialogsProvider({ children }: { children: ReactNode }) {
  const can = useCan();
  const client = useQueryClient();
  const project = useProject();
  const [asked, setAsked] = useState<NewRequest>({ app: undefined, onConnected: undefined, open: false });
  const [broken, setBroken] = useState<{ connection: Connection; open: boolean } | null>(null);
  const firstPaneAhead = useEvent((app?: string) => {
    if (app) {
      void ConnectPane.preload();
    } else {
      void client.prefetchQuery(appsQuery(''));
      void client.prefetchQuery(connectedAppsQuery(project));
    }
  });
  const dialogs = useMemo<ConnectDialogs>(
    () => ({
      newConnection: (app, onConnected) => {
        firstPaneAhead(app);
        setAsked({ app, onConnected, open: true });
      },
      reconnect: (connection) => setBroken({ connection, open: true }),
    }),
    [firstPaneAhead],
  );
  // Drawn from the first time on, so that a dialog that closes can end what it began and give focus back.
  const [wanted, setWanted] = useState(false);
  if (asked.open && !wanted) setWanted(true);
  useEffect(
    () =>
      preloadOnUse(async () => {
        await Promise.all([loadNew(), ConnectPane.preload()]);
        await loadReconnect();
      }),
    [],
  );
  useShortcut('c', () => dialogs.newConnection(), can('connection.create'));
  return (
    <Context value={dialogs}>
      {children}
      <Suspense fallback={<DialogPending />}>
        {wanted && (
          <NewConnectionDialog
            open={asked.open}
            app={asked.app}
            onOpenChange={(open) => setAsked((now) => ({ ...now, open }))}
            onConnected={(connection) => asked.onConnected?.(connection)}
          />
        )}
        {broken && (
          <ReconnectDialog
            connection={broken.connection}
            open={broken.open}
            onOpenChange={(open) => setBroken((now) => (now ? { ...now, open } : now))}
          />
        )}
      </Suspense>
    </Context>
  );
}
