import { useEffect, useRef, useState } from 'react';
import { api, toApiError, type ApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { ConnectSession, ConnectSessionCreated } from '@/api/types';
import { useEvent } from '@/lib/hooks';
import { isUnderWay, phaseOf, phaseOfError, type Phase } from './phase';
import { dropTicket, keepTicket } from './ticket';
import { watchConnectSession } from './watch';

const WINDOW_NAME = 'patchbay-connect';

function windowFeatures(): string {
  const width = Math.min(620, window.screen.availWidth);
  const height = Math.min(740, window.screen.availHeight);
  const left = Math.round(window.screenX + (window.outerWidth - width) / 2);
  const top = Math.round(window.screenY + (window.outerHeight - height) / 3);
  return `popup,width=${width},height=${height},left=${left},top=${top}`;
}

/** Opens the sign-in window. Must run inside the click that asks for it, else browsers block it. */
function openWindow(appName: string): Window | null {
  const popup = window.open('about:blank', WINDOW_NAME, windowFeatures());
  if (!popup) return null;
  try {
    popup.document.title = appName;
    popup.document.body.textContent = `Opening ${appName}…`;
    // The provider's page must not be able to steer ours.
    popup.opener = null;
  } catch {
    // A window left over from an earlier try, already elsewhere: it is steered away below.
  }
  return popup;
}

/**
 * Closes the window once it has had time to come back to this site, where it closes itself; a window cut loose
 * from us may not be closed while it shows the provider.
 */
function closeLater(popup: Window | null): void {
  if (popup) window.setTimeout(() => popup.closed || popup.close(), 1500);
}

export interface BrowserSignIn {
  phase: Phase;
  /** The window seems to have been closed. It may lie: providers can cut the tie to their window. */
  windowGone: boolean;
  /** Begins. Call it from a click handler. */
  start: () => void;
  /** Shows the sign-in window again, or opens it anew. Call it from a click handler. */
  bringToFront: () => void;
  /** Goes to the provider with this whole tab; `returnTo` is where it comes back. */
  openInThisTab: () => void;
  /** Ends the try on the server and closes the window. */
  cancel: () => void;
  /** Answers "signed in as another account". */
  resolve: (choice: 'replace' | 'separate' | 'discard') => Promise<void>;
  resolving: boolean;
  /** Back to before the start. */
  reset: () => void;
}

export interface BrowserSignInOptions {
  appName: string;
  returnTo: string;
  /** Asks the server for a session. */
  create: () => Promise<ConnectSessionCreated>;
  /** A refusal of `create` the form can show better than the status line; true when it took it. */
  onRefused?: (error: ApiError) => boolean;
  onEnded?: (phase: Phase) => void;
}

/** One sign-in at a provider, in a window of its own, followed on the server until it ends. */
export function useBrowserSignIn({ appName, returnTo, create, onRefused, onEnded }: BrowserSignInOptions): BrowserSignIn {
  const project = useProject();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  const [windowGone, setWindowGone] = useState(false);
  const [resolving, setResolving] = useState(false);
  const popup = useRef<Window | null>(null);
  const session = useRef<ConnectSessionCreated | null>(null);
  const stopWatching = useRef<(() => void) | null>(null);
  // Counts the tries, so that an answer to one that was given up changes nothing.
  const attempt = useRef(0);

  const pathOf = (id: string): string => project.path(`/connect-sessions/${id}`);

  const enter = useEvent((next: Phase) => {
    setPhase(next);
    if (['connected', 'declined', 'timed_out', 'failed', 'cancelled', 'different_account'].includes(next.kind)) {
      closeLater(popup.current);
      popup.current = null;
      // Nothing is left to give up when the dialog goes away; its window still needs the ticket to close itself.
      if (next.kind !== 'different_account') session.current = null;
    }
    onEnded?.(next);
  });

  const follow = useEvent((id: string, blocked: boolean) => {
    stopWatching.current?.();
    stopWatching.current = watchConnectSession(pathOf(id), (changed) => enter(phaseOf(changed, blocked)));
  });

  const begin = useEvent(async (opened: Window | null, mine: number) => {
    try {
      const created = await create();
      if (mine !== attempt.current) {
        opened?.close();
        api.post(`${pathOf(created.id)}/cancel`).catch(() => undefined);
        return;
      }
      session.current = created;
      keepTicket(created.id, { project: project.id, returnTo, mode: 'popup' });
      const blocked = !opened || opened.closed;
      if (!blocked) opened.location.replace(created.authorizeUrl);
      enter({ kind: blocked ? 'blocked' : 'waiting' });
      follow(created.id, blocked);
    } catch (cause) {
      opened?.close();
      if (mine !== attempt.current) return;
      const error = toApiError(cause);
      if (onRefused?.(error)) enter({ kind: 'idle' });
      else enter(phaseOfError(error));
    }
  });

  /** Tells the server that a try is given up, so that its window can no longer change anything. */
  const giveUp = useEvent((id: string) => {
    dropTicket(id);
    const answer =
      phase.kind === 'different_account'
        ? api.post(`${pathOf(id)}/resolve`, { choice: 'discard' })
        : api.post(`${pathOf(id)}/cancel`);
    answer.catch(() => undefined);
  });

  const start = useEvent(() => {
    attempt.current += 1;
    stopWatching.current?.();
    if (session.current && isUnderWay(phase)) giveUp(session.current.id);
    session.current = null;
    setWindowGone(false);
    setPhase({ kind: 'opening' });
    popup.current = openWindow(appName);
    void begin(popup.current, attempt.current);
  });

  const bringToFront = useEvent(() => {
    const created = session.current;
    if (!created) return;
    if (popup.current && !popup.current.closed) {
      popup.current.focus();
      return;
    }
    const opened = openWindow(appName);
    popup.current = opened;
    if (!opened) return;
    opened.location.replace(created.authorizeUrl);
    setWindowGone(false);
    enter({ kind: 'waiting' });
    follow(created.id, false);
  });

  const openInThisTab = useEvent(() => {
    const created = session.current;
    if (!created) return;
    popup.current?.close();
    stopWatching.current?.();
    // The page is about to be left on purpose: leaving must not cancel the session.
    session.current = null;
    attempt.current += 1;
    keepTicket(created.id, { project: project.id, returnTo, mode: 'page' });
    window.location.assign(created.authorizeUrl);
  });

  const drop = useEvent(() => {
    attempt.current += 1;
    stopWatching.current?.();
    popup.current?.close();
    popup.current = null;
    const created = session.current;
    session.current = null;
    if (created && isUnderWay(phase)) giveUp(created.id);
  });

  const cancel = useEvent(() => {
    drop();
    setPhase({ kind: 'cancelled' });
  });

  const reset = useEvent(() => {
    drop();
    setPhase({ kind: 'idle' });
  });

  const resolve = useEvent(async (choice: 'replace' | 'separate' | 'discard') => {
    const created = session.current;
    if (!created) return;
    setResolving(true);
    try {
      enter(phaseOf(await api.post<ConnectSession>(`${pathOf(created.id)}/resolve`, { choice }), false));
    } catch (cause) {
      enter(phaseOfError(toApiError(cause)));
    } finally {
      setResolving(false);
    }
  });

  const waiting = phase.kind === 'waiting';
  useEffect(() => {
    if (!waiting) return;
    const timer = window.setInterval(() => setWindowGone(popup.current?.closed ?? true), 700);
    return () => window.clearInterval(timer);
  }, [waiting]);

  useEffect(() => () => drop(), [drop]);

  return { phase, windowGone, start, bringToFront, openInThisTab, cancel, resolve, resolving, reset };
}
