import type { DraftPatch } from './draft';
import { omit, type FlowDocument } from '../model/document';

/**
 * What could not be saved, kept in the tab (`sessionStorage`) until it is: a session that ends, a server that is away
 * or a reload loses nothing. Kept by person and flow; a webhook's secret is left out.
 */
export interface Backup extends DraftPatch {
  /** The revision that the change was made on. */
  revision: number;
  /** When, in milliseconds. */
  at: number;
}

const key = (user: string, flow: string): string => `patchbay:draft:${user}:${flow}`;

function withoutSecret(document: FlowDocument): FlowDocument {
  const { trigger } = document;
  if (trigger.kind !== 'webhook' || !trigger.auth || trigger.auth.kind === 'none') return document;
  return { ...document, trigger: { ...trigger, auth: omit(trigger.auth, 'secret') as typeof trigger.auth } };
}

/** Keeps what is unsaved; null forgets it. */
export function keepBackup(user: string, flow: string, backup: Backup | null): void {
  try {
    if (!backup) sessionStorage.removeItem(key(user, flow));
    else sessionStorage.setItem(key(user, flow), JSON.stringify({ ...backup, ...(backup.draft ? { draft: withoutSecret(backup.draft) } : {}) }));
  } catch {
    // A full or forbidden storage: the draft is still on the screen.
  }
}

export function readBackup(user: string, flow: string): Backup | null {
  try {
    const text = sessionStorage.getItem(key(user, flow));
    const backup = text ? (JSON.parse(text) as Partial<Backup>) : null;
    return backup && typeof backup.revision === 'number' && typeof backup.at === 'number' ? (backup as Backup) : null;
  } catch {
    return null;
  }
}
