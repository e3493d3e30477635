import { Cpu, KeyRound, Play } from 'lucide-react';
import type { AuditEntry } from '@/api/types';
import { sentence } from '@/lib/text';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { TimeAgo } from '@/ui/time';

/** Names of the people's or machine's part in an entry. */
function actorName(actor: AuditEntry['actor']): string {
  if (actor.name) return actor.kind === 'key' ? `API key ${actor.name}` : actor.kind === 'run' ? `Run of ${actor.name}` : actor.name;
  return actor.kind === 'system' ? 'Patchbay' : sentence(actor.kind);
}

function ActorMark({ actor }: { actor: AuditEntry['actor'] }) {
  if (actor.kind === 'user') return <Avatar name={actor.name ?? '?'} />;
  const Icon = { key: KeyRound, run: Play, system: Cpu }[actor.kind];
  return (
    <span aria-hidden className="grid size-[26px] shrink-0 place-items-center rounded-full bg-sunken text-fg3 ring-1 ring-line ring-inset">
      <Icon className="size-3.5" />
    </span>
  );
}

const ACTIONS: Record<string, string> = {
  'connection.create': 'connected',
  'connection.use': 'used',
  'connection.refresh': 'renewed the sign-in of',
  'connection.refresh_fail': 'could not renew the sign-in of',
  'connection.reconnect': 'reconnected',
  'connection.rename': 'renamed',
  'connection.check': 'checked',
  'connection.revoke': 'revoked',
  'connection.delete': 'deleted',
  'connection.restore': 'restored',
  'connection.transfer': 'transferred',
  'connection.replace': 'replaced in flows',
  'connection.replace_undo': 'undid a replacement of',
  'connection.share': 'changed who can use',
  'connection.break': 'found broken',
  'connection.recover': 'found working again',
  'connection.revoke_at_provider': 'signed out at the app',
  'connection.scopes_shrink': 'was given fewer permissions for',
  'connection.purge': 'destroyed the credential of',
  'connection.destroy': 'destroyed',
  'flow.create': 'made the flow',
  'flow.duplicate': 'duplicated the flow',
  'flow.rename': 'renamed the flow',
  'flow.publish': 'published the flow',
  'flow.enable': 'turned on the flow',
  'flow.disable': 'turned off the flow',
  'flow.restore_version': 'restored an earlier version of',
  'flow.delete': 'deleted the flow',
  'run.cancel': 'cancelled a run of',
  'run.retry': 'ran again',
  'member.invite': 'invited',
  'member.uninvite': 'withdrew the invitation of',
  'member.add': 'added to the project',
  'member.join': 'joined the project as',
  'member.role_change': 'changed the role of',
  'member.remove': 'removed from the project',
  'key.create': 'created the API key',
  'key.revoke': 'revoked the API key',
  'oauth_client.set': 'set up the OAuth client of',
  'oauth_client.delete': 'removed the OAuth client of',
  'project.create': 'created the project',
  'project.rename': 'renamed the project',
  'project.delete': 'deleted the project',
  'workspace.update': 'changed the workspace',
  'user.create': 'created the account of',
  'user.rename': 'changed the name of',
  'user.password_change': 'changed the password of',
  'session.create': 'signed in as',
  'session.delete': 'signed out',
  'session.kill': 'ended a session of',
  'session.lock_out': 'locked out after wrong passwords',
};

/** An action in words: known ones as a verb, others from their code ("flow.fold_up" → "fold up flow"). */
export function actionWords(action: string): string {
  const known = ACTIONS[action];
  if (known) return known;
  const [noun = '', ...verbs] = action.split('.');
  return `${verbs.join(' ').replace(/_/g, ' ')} ${noun.replace(/_/g, ' ')}`.trim();
}

/** Details that say nothing to a reader beyond what the sentence says already. */
const UNTOLD = new Set(['authMethod', 'forced']);

/** An id tells a reader nothing; what it stands for is named in the sentence. */
const ID = /^[a-z]+_[0-9a-z]{20,}$/;

const DETAILS: Record<string, string> = { from: 'Before', to: 'Now', hint: 'Ends in' };

/** What an entry adds to its sentence; `about` is what the list as a whole is about and needs no telling. */
export function detailText(details: AuditEntry['details'], about?: 'connection'): string {
  const sameAccount = details?.['previousAccount'] === details?.['account'];
  return Object.entries(details ?? {})
    .filter(([name, value]) => !UNTOLD.has(name) && !(name === 'previousAccount' && sameAccount) && !(about === 'connection' && name === 'app') && !ID.test(String(value)) && value !== null && value !== '' && value !== false && typeof value !== 'object')
    .map(([name, value]) => {
      const text = String(value);
      // Statuses and roles are codes; people read words.
      return `${DETAILS[name] ?? sentence(name)}: ${/^[A-Z_]+$/.test(text) ? sentence(text.toLowerCase()) : text}`;
    })
    .join(' · ');
}

/** Who did what, when; newest first. */
export function AuditList({
  entries,
  label,
  hideSubject = false,
  more,
}: {
  entries: readonly AuditEntry[];
  label: string;
  /** All entries are about the same thing, named elsewhere. */
  hideSubject?: boolean;
  more?: { busy: boolean; load: () => void } | undefined;
}) {
  return (
    <div className="rounded-lg border bg-surface shadow-low">
      <ul aria-label={label}>
        {entries.map((entry) => {
          const detail = detailText(entry.details, hideSubject ? 'connection' : undefined);
          return (
            <li key={entry.id} className="flex items-start gap-3 border-b px-4 py-2.5 last:border-b-0">
              <ActorMark actor={entry.actor} />
              <div className="min-w-0 flex-1">
                <p>
                  <span className="font-[550]"><bdi>{actorName(entry.actor)}</bdi></span>{' '}
                  <span className="text-fg2">{actionWords(entry.action)}</span>{' '}
                  {hideSubject ? (
                    <span className="text-fg2">it</span>
                  ) : (
                    entry.subject && <span className="font-medium break-words"><bdi>{entry.subject.name ?? entry.subject.id}</bdi></span>
                  )}
                </p>
                {detail && <p className="text-xs break-words text-fg3">{detail}</p>}
              </div>
              <span className="shrink-0 pt-0.5 text-sm whitespace-nowrap text-fg3 tabular-nums">
                <TimeAgo at={entry.at} />
              </span>
            </li>
          );
        })}
      </ul>
      {more && (
        <div className="border-t p-2 text-center">
          <Button variant="ghost" busy={more.busy} onClick={more.load}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}
