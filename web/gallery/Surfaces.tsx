import { Plug } from 'lucide-react';
import { ApiError } from '@/api/client';
import { ConnectionStatusPill } from '@/features/connections';
import { Button } from '@/ui/button';
import { Fact, Facts } from '@/ui/facts';
import { BackLink, Card, PageHead, Panel, Section } from '@/ui/page';
import { Empty, ErrorState, FormError, Note, Skeleton } from '@/ui/states';
import { Pager, Table, Td, Th, Tr } from '@/ui/table';
import { Truncate } from '@/ui/truncate';
import { Grid, Show } from './parts';

const FAILURE = new ApiError({
  code: 'INTERNAL',
  status: 500,
  message: 'Something failed on our side. Try again; if it stays, give the request id to your operator.',
  requestId: 'req_1f879439ac21b64dc08b',
});

const NAMES = ['Slack – Support', 'حساب المبيعات الرئيسي', '🛒 Acme Shop 👩🏽‍💻 EU', 'Averylongnamewithoutanyspacesthatsomebodypastedfromsomewhereelseandneverchanged'];

/** What content stands on, and what stands there without content. */
export function Surfaces() {
  return (
    <>
      <Show name="Page head">
        <BackLink to="/">Connections</BackLink>
        <PageHead title="Connections" lead="One sign-in per account, used by every flow in this project." actions={<Button>Action</Button>} />
      </Show>
      <Show name="Table">
        <Table
          fixed
          label="Connections"
          footer={<Pager shown="1–4 of 100,000" onNext={() => undefined} />}
        >
          <thead>
            <tr>
              <Th sort="asc" onSort={() => undefined}>
                Connection
              </Th>
              <Th className="w-[130px]">Status</Th>
            </tr>
          </thead>
          <tbody>
            {NAMES.map((name, at) => (
              <Tr key={name}>
                <Td>
                  <Truncate text={name} className="max-w-[260px] font-[550]" />
                </Td>
                <Td>
                  <ConnectionStatusPill connection={{ status: at === 0 ? 'EXPIRED' : 'ACTIVE' }} />
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </Show>
      <Show name="Cards">
        <Grid>
          <Panel title="Identity" count={2}>
            <Facts>
              <Fact term="Account">support@acme.com</Fact>
              <Fact term="Owner">Ana Novak</Fact>
            </Facts>
          </Panel>
          <Section title="Name" lead="Flows refer to the connection itself." actions={<Button>Rename</Button>}>
            Content
          </Section>
          <Card className="p-5">Card</Card>
        </Grid>
      </Show>
      <Show name="Notes">
        <Note>Everyone in Operations can use it in flows.</Note>
        <Note tone="warn" action={<Button size="sm">Reconnect</Button>}>
          Slack signed this account out. Reconnect to sign in again.
        </Note>
        <Note tone="bad">Stripe cannot be reached from here.</Note>
        <FormError error={FAILURE} />
      </Show>
      <Show name="Empty, error, loading">
        <Grid>
          <Card>
            <Empty icon={<Plug />} title="No connections yet" action={<Button variant="primary">Connect an app</Button>}>
              Sign in once, and every flow in this project can use the account.
            </Empty>
          </Card>
          <Card>
            <ErrorState error={FAILURE} title="The connections did not load" onRetry={() => undefined} />
          </Card>
          <Card className="flex flex-col gap-3 p-5">
            <Skeleton className="h-4 w-2/3" />
            <Skeleton className="h-4 w-1/2" />
            <Skeleton className="h-9" />
          </Card>
        </Grid>
      </Show>
    </>
  );
}
