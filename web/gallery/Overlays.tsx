import { Copy, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Confirm, Dialog, DialogClose } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/ui/menu';
import { Popover } from '@/ui/popover';
import { toast } from '@/ui/toast';
import { Tooltip } from '@/ui/tooltip';
import { Row, Show } from './parts';

/** What opens over the page. */
export function Overlays() {
  const [dialog, setDialog] = useState(false);
  const [confirm, setConfirm] = useState(false);
  return (
    <Show name="Overlays">
      <Row>
        <Menu label="Example menu" trigger={<Button>Menu</Button>}>
          <MenuLabel>Connection</MenuLabel>
          <MenuItem icon={<Copy />}>Copy id</MenuItem>
          <MenuItem disabled>Not now</MenuItem>
          <MenuSeparator />
          <MenuItem icon={<Trash2 />} danger>
            Delete
          </MenuItem>
        </Menu>
        <Popover label="Status" trigger={<Button>Popover</Button>}>
          Slack signed this account out.
        </Popover>
        <Tooltip content="23 November 2026, 10:00:04 UTC">
          <Button>Tooltip</Button>
        </Tooltip>
        <Button onClick={() => setDialog(true)}>Dialog</Button>
        <Button onClick={() => setConfirm(true)}>Confirm</Button>
        <Button
          onClick={() => {
            toast({ title: 'Slack – Support is connected', text: 'Connected as support@acme.com' });
            toast({ tone: 'bad', title: 'The server cannot be reached.' });
            toast({ title: '4 flows now use Slack – Sales', action: { label: 'Undo', onClick: () => undefined } });
          }}
        >
          Toasts
        </Button>
      </Row>
      <Dialog
        open={dialog}
        onOpenChange={setDialog}
        size="sm"
        title="Rename Slack – Support"
        footer={
          <>
            <DialogClose />
            <Button variant="primary">Save</Button>
          </>
        }
      >
        <Field label="Name">
          <Input defaultValue="Slack – Support" />
        </Field>
      </Dialog>
      <Confirm open={confirm} onOpenChange={setConfirm} title="Delete Slack – Support?" confirm="Delete" onConfirm={() => setConfirm(false)}>
        It stays in the trash for 30 days.
      </Confirm>
    </Show>
  );
}
