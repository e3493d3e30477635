import { createContext, lazy, Suspense, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Connection } from '@/api/types';
import { useCan } from '@/api/session';
import { useShortcut } from '@/lib/shortcuts';
import { preloadOnUse } from '@/lib/idle';
import { DialogPending } from '@/ui/dialog';

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
  const [asked, setAsked] = useState<NewRequest>({ app: undefined, onConnected: undefined, open: false });
  const [broken, setBroken] = useState<{ connection: Connection; open: boolean } | null>(null);
  const dialogs = useMemo<ConnectDialogs>(
    () => ({
      newConnection: (app, onConnected) => setAsked({ app, onConnected, open: true }),
      reconnect: (connection) => setBroken({ connection, open: true }),
    }),
    [],
  );
  // Drawn from the first time on, so that a dialog that closes can end what it began and give focus back.
  const [wanted, setWanted] = useState(false);
  if (asked.open && !wanted) setWanted(true);
  useEffect(
    () =>
      preloadOnUse(async () => {
        await loadNew();
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
