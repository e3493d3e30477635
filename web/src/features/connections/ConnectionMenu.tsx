import {
  ArchiveRestore,
  ArrowLeftRight,
  CircleCheck,
  CircleSlash,
  Copy,
  Ellipsis,
  PenLine,
  RefreshCw,
  Shredder,
  Trash2,
  UserRoundPen,
  Workflow,
} from 'lucide-react';
import { useCan } from '@/api/session';
import type { Connection } from '@/api/types';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { IconButton } from '@/ui/button';
import { copyText } from '@/ui/copy';
import { Menu, MenuItem, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { useCheck, useRestore } from './actions';
import { ConnectionDialogs, useConnectionDialogs, type DialogKind } from './ConnectionDialogs';
import { loadConnectionDialogs } from './dialogs';

/** Everything that can be done with a connection, as this person may do it. */
export function ConnectionMenu({ connection }: { connection: Connection }) {
  const open = useConnectionDialogs();
  if (open) return <Actions connection={connection} open={open} />;
  // Alone on a page, not in a list that shows the dialogs of its rows.
  return (
    <ConnectionDialogs connections={[connection]}>
      <ConnectionMenu connection={connection} />
    </ConnectionDialogs>
  );
}

interface ActionsProps {
  connection: Connection;
  open: (kind: DialogKind, connection: Connection) => void;
}

async function copyId({ id }: Connection): Promise<void> {
  const done = await copyText(id);
  toast(done ? { title: 'Id copied', text: id } : { tone: 'bad', title: 'The browser did not allow copying.' });
}

function Actions({ connection, open }: ActionsProps) {
  return (
    <Menu
      onOpen={() => void loadConnectionDialogs().catch(() => undefined)}
      trigger={
        <IconButton label={`More actions for ${connection.name}`}>
          <Ellipsis />
        </IconButton>
      }
    >
      {connection.deletedAt ? (
        <TrashItems connection={connection} open={open} />
      ) : (
        <Items connection={connection} open={open} />
      )}
    </Menu>
  );
}

/** In the trash all else would be refused. */
function TrashItems({ connection, open }: ActionsProps) {
  const restore = useRestore();
  const manage = connection.can.manage;
  return (
    <>
      {manage && (
        <MenuItem icon={<ArchiveRestore />} onSelect={() => restore.mutate(connection.id)}>
          Restore
        </MenuItem>
      )}
      <MenuItem icon={<Workflow />} onSelect={() => open('usage', connection)}>
        View flows
      </MenuItem>
      <MenuItem icon={<Copy />} onSelect={() => void copyId(connection)}>
        Copy id
      </MenuItem>
      {manage && (
        <>
          <MenuSeparator />
          <MenuItem icon={<Shredder />} danger onSelect={() => open('destroy', connection)}>
            Destroy now…
          </MenuItem>
        </>
      )}
    </>
  );
}

function Items({ connection, open }: ActionsProps) {
  const can = useCan();
  const dialogs = useConnectDialogs();
  const check = useCheck(connection);
  const manage = connection.can.manage;
  return (
    <>
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
      <MenuItem icon={<Workflow />} onSelect={() => open('usage', connection)}>
        View flows
      </MenuItem>
      {manage && (
        <MenuItem icon={<PenLine />} onSelect={() => open('rename', connection)}>
          Rename…
        </MenuItem>
      )}
      {manage && can('flow.edit') && (
        <MenuItem icon={<ArrowLeftRight />} onSelect={() => open('replace', connection)}>
          Replace in flows…
        </MenuItem>
      )}
      {manage && (
        <MenuItem icon={<UserRoundPen />} onSelect={() => open('transfer', connection)}>
          Transfer owner…
        </MenuItem>
      )}
      <MenuItem icon={<Copy />} onSelect={() => void copyId(connection)}>
        Copy id
      </MenuItem>
      {manage && (
        <>
          <MenuSeparator />
          {connection.status !== 'REVOKED' && (
            <MenuItem icon={<CircleSlash />} danger onSelect={() => open('revoke', connection)}>
              Revoke…
            </MenuItem>
          )}
          <MenuItem icon={<Trash2 />} danger onSelect={() => open('delete', connection)}>
            Delete…
          </MenuItem>
        </>
      )}
    </>
  );
}
