import type { Connection } from '@/api/types';
import { Dialog } from '@/ui/dialog';

export interface ReconnectDialogProps {
  connection: Connection;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Called once when the connection works again. */
  onReconnected?: ((connection: Connection) => void) | undefined;
  returnTo?: string | undefined;
}

/** Gives a broken connection a new credential: the same connection, the same flows. */
export function ReconnectDialog({ connection, open, onOpenChange }: ReconnectDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Reconnect ${connection.name}`}>
      {null}
    </Dialog>
  );
}
