import { Plus } from 'lucide-react';
import { useState } from 'react';
import { AppIcon } from '@/features/apps/AppIcon';
import { Combobox } from '@/ui/combobox';
import { Field, Input, SearchInput, SecretInput, SecretTextarea, Textarea } from '@/ui/field';
import { Select } from '@/ui/select';
import { Checkbox, Switch } from '@/ui/switch';
import { Grid, Row, Show } from './parts';

const ACCOUNTS = [
  { value: 'support', label: 'Slack – Support', hint: 'support@acme.com · used in 3 other steps', icon: <AppIcon app="slack" size="xs" /> },
  { value: 'sales', label: 'Slack – Sales', hint: 'sales@acme.com', icon: <AppIcon app="slack" size="xs" /> },
];

/** What one types into and chooses from. */
export function Fields() {
  const [text, setText] = useState('');
  const [account, setAccount] = useState<string | null>('support');
  const [none, setNone] = useState<string | null>(null);
  const [status, setStatus] = useState<'any' | 'ACTIVE'>('any');
  const [on, setOn] = useState(true);
  const [off, setOff] = useState(false);
  return (
    <>
      <Show name="Field">
        <Grid>
          <Field label="Name" help="What you will look for when you build a flow.">
            <Input defaultValue="Slack – Support" />
          </Field>
          <Field label="Path to check with" optional>
            <Input placeholder="/me" />
          </Field>
          <Field label="API key" error="Slack does not accept this API key." required>
            <SecretInput defaultValue="xoxb-0000" />
          </Field>
          <Field label="Key file" help="Paste all of the file.">
            <SecretTextarea defaultValue={'{"type": "service_account",\n "private_key": "0000"}'} />
          </Field>
          <Field label="Name">
            <Input defaultValue="Cannot be changed now" disabled />
          </Field>
          <Field label="Redirect URI">
            <Input defaultValue="https://patchbay.example.com" readOnly />
          </Field>
          <Field label="Text">
            <Textarea defaultValue="New lead: Mira Chen from Globex" />
          </Field>
          <SearchInput label="Search connections" shortcut="/" value={text} onValueChange={setText} />
          <SearchInput label="Search apps" big value="slack" onValueChange={setText} />
        </Grid>
      </Show>
      <Show name="Select and combobox">
        <Grid>
          <Field label="Status">
            <Select
              value={status}
              onValueChange={setStatus}
              options={[
                { value: 'any', label: 'Any status' },
                { value: 'ACTIVE', label: 'Active', hint: 'Works' },
              ]}
            />
          </Field>
          <Field label="Connection">
            <Combobox
              value={account}
              onValueChange={setAccount}
              options={ACCOUNTS}
              searchLabel="Search connections"
              pinned={{ label: 'New Connection', icon: <Plus />, onSelect: () => undefined }}
            />
          </Field>
          <Field label="Owner">
            <Combobox value={none} onValueChange={setNone} options={[]} empty="No other member can own connections" />
          </Field>
        </Grid>
      </Show>
      <Show name="Switch and checkbox">
        <Row>
          <Switch label="On" checked={on} onCheckedChange={setOn} />
          <Switch label="Off" checked={off} onCheckedChange={setOff} />
          <Switch label="Disabled" checked disabled onCheckedChange={setOn} />
          <Checkbox checked={on} onCheckedChange={setOn}>
            Also sign out at Slack
          </Checkbox>
          <Checkbox checked={off} onCheckedChange={setOff}>
            Not chosen
          </Checkbox>
        </Row>
      </Show>
    </>
  );
}
