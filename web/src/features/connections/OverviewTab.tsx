import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { methodLabel } from '@/features/connect/form';
import { absoluteTime } from '@/lib/time';
import { sentence } from '@/lib/text';
import { CopyButton } from '@/ui/copy';
import { Fact, Facts } from '@/ui/facts';
import { TimeAgo } from '@/ui/time';
import { isBroken } from './status';
import { healthSentence } from './StatusPopover';

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="overflow-hidden rounded-lg border bg-surface shadow-low">
      <h2 className="border-b px-5 py-3 text-base!">{title}</h2>
      {children}
    </section>
  );
}

/** Who it is, what it may do, how it is, how it is used. */
export function OverviewTab({ connection }: { connection: Connection }) {
  const project = useProject();
  const flow = connection.lastUsedBy?.flow;
  const settings = Object.entries(connection.settings);
  return (
    <div className="flex flex-col gap-4">
      <Panel title="Health">
        <Facts>
          <Fact term="State">{healthSentence(connection)}</Fact>
          <Fact term="Since">
            <TimeAgo at={connection.statusSince} /> <span className="text-fg3">({absoluteTime(connection.statusSince)})</span>
          </Fact>
          {connection.providerError && (
            <Fact term={`${connection.appName} said`}>
              <code className="font-mono text-sm">{connection.providerError}</code>
            </Fact>
          )}
          <Fact term="Expires">
            {connection.expiresAt ? (
              <>
                <TimeAgo at={connection.expiresAt} />
                {connection.refreshable && !isBroken(connection) && <span className="text-fg3"> · renewed by itself before that</span>}
              </>
            ) : (
              'Never'
            )}
          </Fact>
          {connection.nextRefreshAt && !isBroken(connection) && (
            <Fact term="Next renewal">
              <TimeAgo at={connection.nextRefreshAt} />
            </Fact>
          )}
        </Facts>
      </Panel>
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
              <ul className="flex flex-wrap gap-1.5">
                {connection.scopes.map((scope) => (
                  <li key={scope} className="max-w-full rounded-[5px] border bg-sunken px-1.5 py-0.5 font-mono text-xs break-all">
                    {scope}
                  </li>
                ))}
              </ul>
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
                      className="font-medium text-accent underline-offset-2 hover:underline"
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
  );
}
