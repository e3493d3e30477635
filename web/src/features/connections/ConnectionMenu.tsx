import {
  ArrowLeftRight,
  CircleCheck,
  CircleSlash,
  Copy,
  Ellipsis,
  PenLine,
  RefreshCw,
  Trash2,
  UserRoundPen,
  Workflow,
} from 'lucide-react';
import { Suspense, useState } from 'react';
import { useCan } from '@/api/session';
import type { Connection } from '@/api/types';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { IconButton } from '@/ui/button';
import { copyText } from '@/ui/copy';
import { DialogPending } from '@/ui/dialog';
import { Menu, MenuItem, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { useCheck } from './actions';
import { DeleteDialog, loadConnectionDialogs, RenameDialog, ReplaceDialog, RevokeDialog, TransferDialog, UsageDialog } from './dialogs';

type Open = 'usage' | 'rename' | 'replace' | 'transfer' | 'revoke' | 'delete' | null;

/** Everything that can be done with a connection, as this person may do it. */
export function ConnectionMenu({ connection, onDeleted }: { connection: Connection; onDeleted?: () => void }) {
  const can = useCan();
  const dialogs = useConnectDialogs();
  const check = useCheck(connection);
  const [open, setOpen] = useState<Open>(null);
  const manage = connection.can.manage;
  const during = (which: Open) => ({
    connection,
    open: open === which,
    onOpenChange: (next: boolean) => setOpen((now) => (next ? which : now === which ? null : now)),
  });
  const copyId = async (): Promise<void> => {
    const done = await copyText(connection.id);
    toast(done ? { title: 'Id copied', text: connection.id } : { tone: 'bad', title: 'The browser did not allow copying.' });
  };
  return (
    <>
      <Menu
        onOpen={() => void loadConnectionDialogs().catch(() => undefined)}
        trigger={
          <IconButton label={`More actions for ${connection.name}`}>
            <Ellipsis />
          </IconButton>
        }
      >
        {manage && (
          <>
            <MenuItem icon={<RefreshCw />} onSelect={() => dialogs.reconnect(connection)}>
              Reconnect
            </MenuItem>
            <MenuItem icon={<CircleCheck />} onSelect={() => check.mutate()}>
              Check now
            </MenuItem>
          </>
        )}
        <MenuItem icon={<Workflow />} onSelect={() => setOpen('usage')}>
          View flows
        </MenuItem>
        {manage && (
          <MenuItem icon={<PenLine />} onSelect={() => setOpen('rename')}>
            Rename
          </MenuItem>
        )}
        {manage && can('flow.edit') && (
          <MenuItem icon={<ArrowLeftRight />} onSelect={() => setOpen('replace')}>
            Replace in flows…
          </MenuItem>
        )}
        {manage && (
          <MenuItem icon={<UserRoundPen />} onSelect={() => setOpen('transfer')}>
            Transfer owner
          </MenuItem>
        )}
        <MenuItem icon={<Copy />} onSelect={() => void copyId()}>
          Copy id
        </MenuItem>
        {manage && (
          <>
            <MenuSeparator />
            {connection.status !== 'REVOKED' && (
              <MenuItem icon={<CircleSlash />} danger onSelect={() => setOpen('revoke')}>
                Revoke
              </MenuItem>
            )}
            <MenuItem icon={<Trash2 />} danger onSelect={() => setOpen('delete')}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      <Suspense fallback={<DialogPending />}>
        {open === 'usage' && <UsageDialog {...during('usage')} />}
        {open === 'rename' && <RenameDialog {...during('rename')} />}
        {open === 'replace' && <ReplaceDialog {...during('replace')} />}
        {open === 'transfer' && <TransferDialog {...during('transfer')} />}
        {open === 'revoke' && <RevokeDialog {...during('revoke')} />}
        {open === 'delete' && <DeleteDialog {...during('delete')} onReplace={() => setOpen('replace')} onDeleted={onDeleted} />}
      </Suspense>
    </>
  );
}
