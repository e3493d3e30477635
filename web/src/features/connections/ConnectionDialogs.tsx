import { createContext, Suspense, use, useCallback, useState, type ReactNode } from 'react';
import type { Connection } from '@/api/types';
import { DialogPending } from '@/ui/dialog';
import { DeleteDialog, DestroyDialog, RenameDialog, ReplaceDialog, RevokeDialog, TransferDialog, UsageDialog } from './dialogs';

export type DialogKind = 'usage' | 'rename' | 'replace' | 'transfer' | 'revoke' | 'delete' | 'destroy';

type OpenDialog = (kind: DialogKind, connection: Connection) => void;

const Context = createContext<OpenDialog | null>(null);

/** Opens a dialog of a connection; null where no {@link ConnectionDialogs} is around. */
export function useConnectionDialogs(): OpenDialog | null {
  return use(Context);
}

interface ConnectionDialogsProps {
  connections: readonly Connection[];
  /** Called when one was destroyed: leads away from where it was shown. */
  onDestroyed?: () => Promise<void>;
  children: ReactNode;
}

/**
 * Around what opens dialogs of `connections`: the rows of a list come and go (a turned phone makes cards of them), the
 * dialog that one of them opened stays.
 */
export function ConnectionDialogs({ connections, onDestroyed, children }: ConnectionDialogsProps) {
  const [asked, setAsked] = useState<{ kind: DialogKind; connection: Connection } | null>(null);
  const open = useCallback<OpenDialog>((kind, connection) => setAsked({ kind, connection }), []);
  return (
    <Context value={open}>
      {children}
      {asked && (
        <Suspense fallback={<DialogPending />}>
          <AskedDialog
            kind={asked.kind}
            connection={connections.find((each) => each.id === asked.connection.id) ?? asked.connection}
            onClose={() => setAsked((now) => (now?.kind === asked.kind ? null : now))}
            onReplace={() => setAsked({ kind: 'replace', connection: asked.connection })}
            onDestroyed={onDestroyed}
          />
        </Suspense>
      )}
    </Context>
  );
}

interface AskedProps {
  kind: DialogKind;
  connection: Connection;
  onClose: () => void;
  onReplace: () => void;
  onDestroyed: (() => Promise<void>) | undefined;
}

function AskedDialog({ kind, connection, onClose, onReplace, onDestroyed }: AskedProps) {
  const props = {
    connection,
    open: true,
    onOpenChange: (next: boolean) => {
      if (!next) onClose();
    },
  };
  switch (kind) {
    case 'usage':
      return <UsageDialog {...props} />;
    case 'rename':
      return <RenameDialog {...props} />;
    case 'replace':
      return <ReplaceDialog {...props} />;
    case 'transfer':
      return <TransferDialog {...props} />;
    case 'revoke':
      return <RevokeDialog {...props} />;
    case 'delete':
      return <DeleteDialog {...props} onReplace={onReplace} />;
    case 'destroy':
      return <DestroyDialog {...props} onReplace={onReplace} onDestroyed={onDestroyed} />;
  }
}
