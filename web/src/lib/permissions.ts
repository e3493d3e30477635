import type { Role } from '@/api/types';

/** What a person may ask for in the dashboard. The server decides; this only hides what it would refuse. */
export type Action =
  | 'connection.create'
  | 'connection.manage_all'
  | 'flow.edit'
  | 'run.start'
  | 'member.manage'
  | 'key.manage'
  | 'oauth_client.manage'
  | 'audit.read'
  | 'project.manage';

const EDITOR: ReadonlySet<Action> = new Set(['connection.create', 'flow.edit', 'run.start']);

/** Whether a member with this role sees the buttons for `action`. */
export function roleCan(role: Role, action: Action): boolean {
  if (role === 'admin') return true;
  return role === 'editor' && EDITOR.has(action);
}
