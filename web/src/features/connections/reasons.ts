import type { Connection } from '@/api/types';
import { isBroken } from './status';

/** One reason in the three lengths the dashboard needs, and what mends it; `{app}` is the app's name. */
interface Words {
  /** Under the pill. */
  short: string;
  /** After the connection's name: "Slack – Support was signed out by Slack". */
  happened: string;
  /** On its own. */
  sentence: string;
  /** The one thing to do, told to those who may do it. */
  reconnect?: string;
  check?: string;
}

const REASONS: Record<string, Words> = {
  refresh_rejected: {
    short: 'signed out by {app}',
    happened: 'was signed out by {app}',
    sentence: '{app} signed this account out.',
    reconnect: 'Reconnect to sign in again.',
  },
  token_expired: {
    short: 'the sign-in ran out',
    happened: 'ran out',
    sentence: 'The sign-in ran out, and {app} does not let it be renewed by itself.',
    reconnect: 'Reconnect to sign in again.',
  },
  credential_rejected: {
    short: '{app} refuses the key',
    happened: 'had its credential refused by {app}',
    sentence: '{app} no longer accepts this credential.',
    reconnect: 'Reconnect with a valid one.',
  },
  permission_missing: {
    short: 'lacks a permission',
    happened: 'lost a permission at {app}',
    sentence: '{app} knows this account, but a permission is missing.',
    reconnect: 'Reconnect and grant it.',
  },
  provider_unavailable: {
    short: '{app} is failing',
    happened: 'stopped working when {app} began to fail',
    sentence: '{app} is failing at the moment. It is tried again by itself.',
  },
  host_unreachable: {
    short: '{app} cannot be reached',
    happened: 'stopped working when {app} could not be reached',
    sentence: '{app} cannot be reached.',
    check: 'Check its address, then check again.',
  },
  revoked_here: {
    short: 'revoked here',
    happened: 'was revoked here',
    sentence: 'It was revoked here.',
    reconnect: 'Reconnect to use it again.',
  },
  revoked_at_provider: {
    short: 'access withdrawn at {app}',
    happened: 'lost its access at {app}',
    sentence: 'Access was withdrawn at {app}.',
    reconnect: 'Reconnect to sign in again.',
  },
  app_misconfigured: {
    short: 'OAuth client refused',
    happened: 'stopped working when {app} refused the OAuth client',
    sentence: '{app} refuses the OAuth client. An admin can mend it under Settings, OAuth clients.',
  },
  rotation_interrupted: {
    short: 'a renewal was cut off',
    happened: 'lost its sign-in when a renewal was cut off',
    sentence: 'A renewal was cut off, and {app} did not keep the old sign-in.',
    reconnect: 'Reconnect to sign in again.',
  },
  unverified: {
    short: 'not checked yet',
    happened: 'was saved without a check',
    sentence: 'It was saved without a check.',
    check: 'Check it now to be sure.',
  },
};

type Reasoned = Pick<Connection, 'statusReason' | 'statusReasonText' | 'appName'>;

function words(connection: Reasoned, length: keyof Words): string | null {
  const known = connection.statusReason ? REASONS[connection.statusReason] : undefined;
  return known?.[length]?.replaceAll('{app}', connection.appName) ?? null;
}

/** The reason in a few words, for the line under the pill. Null when there is none. */
export function shortReason(connection: Reasoned): string | null {
  return connection.statusReason ? (words(connection, 'short') ?? connection.statusReasonText) : null;
}

/** "was signed out by Slack", for a sentence that begins with the connection's name. */
export function whatHappened(connection: Reasoned & Pick<Connection, 'status'>): string {
  return words(connection, 'happened') ?? (connection.status === 'EXPIRED' ? 'expired' : 'stopped working');
}

type Health = Reasoned & Pick<Connection, 'status' | 'expiringSoon' | 'refreshable'> & Partial<Pick<Connection, 'can' | 'owner'>>;

/** What to do about it, or whom to ask for it. */
function remedy(connection: Health, reconnect: string | null, check: string | null = null): string {
  const own = reconnect ?? check;
  if (!own) return '';
  if (connection.can?.manage !== false || !connection.owner) return ` ${own}`;
  return ` Ask ${connection.owner.name} to ${reconnect ? 'reconnect' : 'check'} it.`;
}

/** What can be said about a connection's health and done about it. */
export function healthSentence(connection: Health): string {
  const { appName } = connection;
  const reason = words(connection, 'sentence');
  if (reason) return reason + remedy(connection, words(connection, 'reconnect'), words(connection, 'check'));
  if (connection.statusReasonText) return connection.statusReasonText;
  if (isBroken(connection)) return `${appName} refuses this connection.${remedy(connection, 'Reconnect to sign in again.')}`;
  if (connection.expiringSoon && !connection.refreshable) {
    return `${appName} ends this sign-in soon, and it cannot be renewed by itself.${remedy(connection, 'Reconnect before then and no flow stops.')}`;
  }
  return connection.refreshable ? 'It works. The sign-in is renewed by itself before it runs out.' : 'It works.';
}
