import { Link } from '@tanstack/react-router';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { methodLabel } from '@/features/connect/form';
import { absoluteTime } from '@/lib/time';
import { sentence } from '@/lib/text';
import { CopyButton } from '@/ui/copy';
import { Fact, Facts } from '@/ui/facts';
import { linkLooks } from '@/ui/link';
import { Panel } from '@/ui/page';
import { Tags } from '@/ui/tag';
import { TimeAgo } from '@/ui/time';
import { healthSentence } from './reasons';
import { isBroken } from './status';

/** Who it is, what it may do, how it is, how it is used. */
export function OverviewTab({ connection }: { connection: Connection }) {
  const project = useProject();
  const flow = connection.lastUsedBy?.flow;
  const settings = Object.entries(connection.settings);
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel title="Identity">
        <Facts>
          <Fact term="Account">{connection.account.label ?? connection.account.id ?? 'Not told by the app'}</Fact>
          <Fact term="Signs in by">{methodLabel({ type: connection.type, title: null }, connection.appName)}</Fact>
          {connection.hint && (
            <Fact term="Key">
              ends <code className="font-mono">{connection.hint}</code>
            </Fact>
          )}
          {settings.map(([name, value]) => (
            <Fact key={name} term={sentence(name)}>
              {typeof value === 'string' ? value : JSON.stringify(value)}
            </Fact>
          ))}
          <Fact term="Granted scopes">
            {connection.scopes.length > 0 ? (
              <Tags items={connection.scopes} label="Granted scopes" />
            ) : (
              'None named'
            )}
          </Fact>
          <Fact term="Sent only to">
            <ul>
              {connection.hosts.map((host) => (
                <li key={host} className="font-mono text-sm break-all">
                  {host}
                </li>
              ))}
            </ul>
          </Fact>
        </Facts>
      </Panel>
      <div className="flex flex-col gap-4">
      <Panel title="Health">
        <Facts>
          <Fact term="State">{connection.deletedAt ? 'In the trash; no flow can use it.' : healthSentence(connection)}</Fact>
          <Fact term="Since">
            <TimeAgo at={connection.statusSince} /> <span className="text-fg3">({absoluteTime(connection.statusSince)})</span>
          </Fact>
          {connection.providerError && (
            <Fact term={`${connection.appName} said`}>
              <code className="font-mono text-sm">{connection.providerError}</code>
            </Fact>
          )}
          {!isBroken(connection) && (
            <Fact term="Expires">
              {connection.expiresAt ? <TimeAgo at={connection.expiresAt} /> : 'Never'}
              {connection.expiresAt && connection.refreshable && <span className="text-fg3"> · renewed by itself before that</span>}
            </Fact>
          )}
          {connection.lastRefreshedAt && (
            <Fact term="Last renewal">
              <TimeAgo at={connection.lastRefreshedAt} />
            </Fact>
          )}
          {connection.nextRefreshAt && !isBroken(connection) && (
            <Fact term="Next renewal">
              <TimeAgo at={connection.nextRefreshAt} />
            </Fact>
          )}
        </Facts>
      </Panel>
      <Panel title="Use">
        <Facts>
          <Fact term="Last used">
            {connection.lastUsedAt ? (
              <>
                <TimeAgo at={connection.lastUsedAt} />
                {flow && (
                  <>
                    {' by '}
                    <Link
                      to="/p/$project/flows/$flow"
                      params={{ project: project.id, flow: flow.id }}
                      className={linkLooks}
                    >
                      {flow.name}
                    </Link>
                  </>
                )}
              </>
            ) : (
              'Never'
            )}
          </Fact>
          <Fact term="Times used">
            <span className="tabular-nums">{connection.useCount.toLocaleString('en-GB')}</span>
          </Fact>
          <Fact term="Who can use it">
            {connection.visibility === 'project' ? `Everyone in ${project.name}` : `Only ${connection.owner.name}`}
          </Fact>
          <Fact term="Owner">{connection.owner.name}</Fact>
          <Fact term="Created">
            <TimeAgo at={connection.created} />
            {connection.createdBy && ` by ${connection.createdBy.name}`}
          </Fact>
          <Fact term="Id">
            <span className="flex items-center gap-1">
              <code className="font-mono text-sm break-all">{connection.id}</code>
              <CopyButton text={connection.id} label="Copy id" />
            </span>
          </Fact>
        </Facts>
      </Panel>
      </div>
    </div>
  );
}
