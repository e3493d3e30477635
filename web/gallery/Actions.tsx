import { CircleAlert, CircleCheck, Clock3, Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { AppIcon } from '@/features/apps/AppIcon';
import { ConnectionStatusPill } from '@/features/connections';
import { Avatar } from '@/ui/avatar';
import { Button, IconButton } from '@/ui/button';
import { CopyButton, CopyField } from '@/ui/copy';
import { Disclosure } from '@/ui/disclosure';
import { Kbd } from '@/ui/field';
import { linkLooks, OutLink } from '@/ui/link';
import { Pill } from '@/ui/pill';
import { Spinner } from '@/ui/spinner';
import { Segmented, TabPanel, Tabs, Views } from '@/ui/tabs';
import { Tags } from '@/ui/tag';
import { TimeAgo } from '@/ui/time';
import { Grid, Row, Show } from './parts';

const SOON = new Date(Date.now() + 6 * 86_400_000).toISOString();
const PAST = new Date(Date.now() - 3 * 3_600_000).toISOString();

/** Buttons, statuses, tabs and other small things. */
export function Actions() {
  const [view, setView] = useState<'all' | 'attention' | 'unused'>('all');
  const [tab, setTab] = useState<'overview' | 'usage'>('overview');
  const [method, setMethod] = useState('oauth');
  const [many, setMany] = useState('bearer');
  return (
    <>
      <Show name="Button">
        <Row>
          <Button variant="primary" icon={<Plus aria-hidden />}>
            New Connection <Kbd className="border-on-accent/25 bg-on-accent/15 text-on-accent">C</Kbd>
          </Button>
          <Button>Default</Button>
          <Button variant="ghost">Ghost</Button>
          <Button variant="danger">Delete</Button>
          <Button variant="danger-ghost">Revoke…</Button>
          <Button variant="link">Link</Button>
          <IconButton label="More">
            <Ellipsis />
          </IconButton>
        </Row>
        <Row>
          <Button size="sm">Small</Button>
          <Button>Medium</Button>
          <Button size="lg">Large</Button>
          <Button busy>Busy</Button>
          <Button variant="primary" busy>
            Busy
          </Button>
          <Button disabled>Disabled</Button>
          <Button variant="primary" disabled>
            Disabled
          </Button>
        </Row>
      </Show>
      <Show name="Status pill">
        <Row>
          <ConnectionStatusPill connection={{ status: 'ACTIVE' }} />
          <ConnectionStatusPill connection={{ status: 'ACTIVE', expiringSoon: true, expiresAt: SOON }} />
          <ConnectionStatusPill connection={{ status: 'EXPIRED' }} />
          <ConnectionStatusPill connection={{ status: 'ERROR' }} />
          <ConnectionStatusPill connection={{ status: 'REVOKED' }} />
          <ConnectionStatusPill connection={{ status: 'ACTIVE' }} checking />
          <ConnectionStatusPill connection={{ status: 'ACTIVE', deletedAt: PAST }} />
        </Row>
        <Row>
          <Pill tone="ok" icon={<CircleCheck aria-hidden />}>
            Ok
          </Pill>
          <Pill tone="warn" icon={<Clock3 aria-hidden />}>
            Warn
          </Pill>
          <Pill tone="bad" icon={<CircleAlert aria-hidden />}>
            Bad
          </Pill>
          <Pill tone="accent">Accent</Pill>
          <Pill tone="neutral">Neutral</Pill>
        </Row>
      </Show>
      <Show name="App icon and avatar">
        <Row>
          <AppIcon app="slack" size="xs" />
          <AppIcon app="slack" size="sm" />
          <AppIcon app="slack" />
          <AppIcon app="slack" size="lg" />
          <Avatar name="Ana Novak" />
          <Avatar name="李" />
          <Avatar name="👩🏽‍💻" />
        </Row>
      </Show>
      <Show name="Tabs, views, segmented">
        <Grid>
          <Tabs
            label="Connection"
            value={tab}
            onValueChange={setTab}
            items={[
              { value: 'overview', label: 'Overview' },
              { value: 'usage', label: 'Used by', count: 4 },
            ]}
          >
            <TabPanel value="overview">Overview</TabPanel>
            <TabPanel value="usage">Used by</TabPanel>
          </Tabs>
          <Views
            label="Views"
            value={view}
            onValueChange={setView}
            items={[
              { value: 'all', label: 'All', count: 100_000 },
              { value: 'attention', label: 'Needs attention', count: 2 },
              { value: 'unused', label: 'Unused' },
            ]}
          />
          <Segmented
            label="How to connect"
            value={method}
            onValueChange={setMethod}
            items={[
              { value: 'oauth', label: 'Sign in with Slack' },
              { value: 'key', label: 'Bot token' },
            ]}
          />
          <Segmented
            label="How to connect to an API"
            value={many}
            onValueChange={setMany}
            items={[
              { value: 'bearer', label: 'Bearer token' },
              { value: 'header', label: 'Key in a header' },
              { value: 'query', label: 'Key in the query' },
              { value: 'basic', label: 'User name and password' },
              { value: 'cc', label: 'OAuth 2.0 client credentials' },
            ]}
          />
        </Grid>
      </Show>
      <Show name="Links, tags and the like">
        <Row>
          <a href="#top" className={linkLooks}>
            Link in text
          </a>
          <OutLink href="https://example.com">Out of here</OutLink>
          <Tags label="Scopes" items={['channels:read', 'chat:write']} />
          <TimeAgo at={PAST} note="by New lead to Slack" className="text-fg2" />
          <Kbd>/</Kbd>
          <Spinner className="text-accent" />
          <CopyButton text="x" label="Copy id" />
        </Row>
        <CopyField label="redirect URI" value="https://patchbay.example.com/oauth/callback/slack" />
        <Disclosure summary="What Slack said">
          <code className="font-mono">invalid_grant</code>
        </Disclosure>
      </Show>
    </>
  );
}
