import { useQuery } from '@tanstack/react-query';
import { Suspense, useEffect, useRef, useState } from 'react';
import type { Connection } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery } from '@/features/apps/queries';
import { announce } from '@/ui/announce';
import { Dialog } from '@/ui/dialog';
import { Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';
import { AppPicker } from './AppPicker';
import { ConnectPane } from './pane';
import { PanePending } from './PanePending';

export interface NewConnectionDialogProps {
  open: boolean;
  /** Slug of the app to connect; without it the dialog starts with the choice of app. */
  app?: string | undefined;
  onOpenChange: (open: boolean) => void;
  /** Called once with the connection that is to be used, after the dialog has closed and given focus back. */
  onConnected: (connection: Connection) => void;
  /**
   * Where a full-page sign-in comes back to: a path with query, default the current address. The connect
   * session's id is added as `connected=sess_…`; read it with `useReturnedConnection`.
   */
  returnTo?: string | undefined;
}

/** Connects an account: choose the app, sign in or enter a key, name it. */
export function NewConnectionDialog({ open, app, onOpenChange, onConnected, returnTo }: NewConnectionDialogProps) {
  const done = useRef<Connection | null>(null);
  return (
    <Panes
      // A dialog opened again starts afresh.
      key={open ? 'open' : 'closed'}
      open={open}
      app={app}
      onOpenChange={onOpenChange}
      returnTo={returnTo}
      onFinished={(connection) => {
        done.current = connection;
        toast({
          title: `${connection.name} is connected`,
          ...(connection.account.label ? { text: `Connected as ${connection.account.label}` } : {}),
        });
        onOpenChange(false);
        // Once the closing dialog has handed focus back, so that what happens now may take it further.
        window.setTimeout(() => {
          if (done.current === connection) onConnected(connection);
          done.current = null;
        }, 30);
      }}
    />
  );
}

function Panes({
  open,
  app: given,
  onOpenChange,
  returnTo,
  onFinished,
}: Omit<NewConnectionDialogProps, 'onConnected'> & { onFinished: (connection: Connection) => void }) {
  const [picked, setPicked] = useState<string | null>(given ?? null);
  const app = useQuery({ ...appQuery(picked ?? ''), enabled: open && picked !== null }).data;
  const appName = app?.name;
  useEffect(() => {
    if (open && appName) announce(`Connect ${appName}`);
  }, [open, appName]);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New connection"
      keepOpen={picked !== null}
      onBack={picked ? () => setPicked(null) : undefined}
      heading={
        picked ? (
          <>
            <AppIcon app={picked} size="sm" />
            {appName ? <span className="truncate text-lg font-[620] tracking-[-0.01em]">Connect {appName}</span> : <Skeleton className="h-5 w-32" />}
          </>
        ) : undefined
      }
    >
      {picked ? (
        <Suspense fallback={<PanePending />}>
          <ConnectPane
            key={picked}
            app={picked}
            returnTo={returnTo ?? window.location.pathname + window.location.search}
            onFinished={onFinished}
            onCancel={() => onOpenChange(false)}
          />
        </Suspense>
      ) : (
        <AppPicker onPick={setPicked} />
      )}
    </Dialog>
  );
}
