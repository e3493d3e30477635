import type { KeyScope, Role } from '@/api/types';

export const ROLES: readonly { value: Role; label: string; hint: string }[] = [
  { value: 'admin', label: 'Admin', hint: 'Manages everything in the project: all connections, members, keys, OAuth clients.' },
  { value: 'editor', label: 'Editor', hint: 'Builds and runs flows, creates connections and manages their own.' },
  { value: 'viewer', label: 'Viewer', hint: 'Sees flows, runs and connections. Changes nothing, runs nothing.' },
];

export const SCOPES: readonly { value: KeyScope; label: string; hint: string }[] = [
  { value: 'read', label: 'Read', hint: 'Sees what a viewer sees; changes nothing.' },
  { value: 'write', label: 'Write', hint: 'Does what an editor does, and sends requests through connections.' },
  { value: 'admin', label: 'Admin', hint: 'Does what an admin does: members, keys, OAuth clients too.' },
];
