import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { useRef, useState } from 'react';
import { api, toApiError } from '@/api/client';
import { meQuery, useMe } from '@/api/session';
import type { BrowserSession, Me } from '@/api/types';
import { checkPassword } from '@/features/auth/password';
import { plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Field, Input, SecretInput } from '@/ui/field';
import { PageHead, Section } from '@/ui/page';
import { Pill } from '@/ui/pill';
import { ErrorState, FormError, Skeleton } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import { browserName } from './browser';
import { sessionsQuery } from './queries';

/** `/p/{project}/settings/security`: name, password and sessions of the person signed in. */
export function SecurityPage() {
  const me = useMe();
  return (
    <>
      <PageHead title="Your account" lead={`Signed in as ${me.user.email}.`} />
      <NameSection key={me.user.name} />
      <PasswordSection />
      <SessionsSection />
    </>
  );
}

function NameSection() {
  const me = useMe();
  const client = useQueryClient();
  const [name, setName] = useState(me.user.name);
  const save = useMutation({
    mutationFn: () => api.patch<Me>('/auth/me', { name: name.trim() }),
    meta: { shown: true },
    onSuccess: async () => {
      await client.fetchQuery({ ...meQuery, staleTime: 0 });
      toast({ title: 'Name saved' });
    },
  });
  const error = save.error ? toApiError(save.error) : null;
  return (
    <Section title="Your name">
      <form
        className="flex max-w-[420px] flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        <Field label="Your name" hideLabel error={error?.fields['name']}>
          <Input autoComplete="name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <FormError error={error && !error.fields['name'] ? error : null} />
        <Button type="submit" className="self-start" busy={save.isPending} disabled={!name.trim() || name.trim() === me.user.name}>
          Save
        </Button>
      </form>
    </Section>
  );
}

function PasswordSection() {
  const me = useMe();
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [weak, setWeak] = useState<string | null>(null);
  const currentField = useRef<HTMLInputElement>(null);
  const nextField = useRef<HTMLInputElement>(null);
  const save = useMutation({
    mutationFn: () => api.put('/auth/password', { current, new: next }),
    meta: { shown: true },
    onSuccess: async () => {
      setCurrent('');
      setNext('');
      await client.invalidateQueries({ queryKey: ['sessions'] });
      toast({ title: 'Password changed', text: 'Your other sessions have ended.' });
    },
    // The one that was wrong is the one to type again.
    onError: (cause) => {
      const problem = toApiError(cause);
      const field = problem.code === 'INVALID_CREDENTIALS' || problem.fields['current'] ? currentField : problem.status === 422 ? nextField : null;
      field?.current?.focus();
      field?.current?.select();
    },
  });
  const error = save.error ? toApiError(save.error) : null;
  const wrong = error?.code === 'INVALID_CREDENTIALS' ? 'This is not your current password.' : error?.fields['current'];
  const unfit = weak ?? error?.fields['new'] ?? error?.fields['password'];
  return (
    <Section title="Password" lead="Changing it ends your sessions in other browsers.">
      <form
        className="flex max-w-[420px] flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const problem = checkPassword(next);
          setWeak(problem);
          if (problem) nextField.current?.focus();
          if (!problem && !save.isPending) save.mutate();
        }}
      >
        <input type="text" hidden autoComplete="username" value={me.user.email} readOnly />
        <Field label="Current password" error={wrong}>
          <SecretInput ref={currentField} required autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.target.value)} />
        </Field>
        <Field label="New password" error={unfit} help="At least 8 characters.">
          <SecretInput ref={nextField} required autoComplete="new-password" value={next} onChange={(event) => setNext(event.target.value)} />
        </Field>
        <FormError error={error && !wrong && !unfit ? error : null} />
        <Button type="submit" className="self-start" busy={save.isPending} disabled={!current || !next}>
          Change password
        </Button>
      </form>
    </Section>
  );
}

function SessionsSection() {
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const others = (sessions.data ?? []).filter((session) => !session.current);
  const [asking, setAsking] = useState(false);
  const endAll = useMutation({
    mutationFn: () => Promise.all(others.map((session) => api.delete(`/auth/sessions/${session.id}`))),
    meta: { shown: true },
    onSuccess: () => {
      setAsking(false);
      toast({ title: 'All other sessions have ended' });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Section
      title="Sessions"
      lead="Browsers that are signed in as you. A session ends after 24 hours without use."
      actions={others.length > 1 && <Button onClick={() => setAsking(true)}>End all others</Button>}
    >
      <Confirm
        open={asking}
        onOpenChange={(next) => {
          endAll.reset();
          setAsking(next);
        }}
        title={`End ${plural(others.length, 'other session')}?`}
        confirm="End them"
        busy={endAll.isPending}
        onConfirm={() => endAll.mutate()}
      >
        <p>Those browsers are signed out at once. This one stays signed in.</p>
        <FormError error={endAll.error} />
      </Confirm>
      {sessions.error ? (
        <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} className="py-4" />
      ) : !sessions.data ? (
        <Skeleton className="h-16" />
      ) : (
        <ul aria-label="Sessions" className="rounded-lg border">
          {sessions.data.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function SessionRow({ session }: { session: BrowserSession }) {
  const client = useQueryClient();
  const name = browserName(session.userAgent);
  const end = useMutation({
    mutationFn: () => api.delete(`/auth/sessions/${session.id}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sessions'] });
      toast({ title: 'Session ended' });
    },
  });
  const Icon = /iPhone|Android|Mobile/.test(session.userAgent ?? '') ? Smartphone : Monitor;
  return (
    <li className="flex items-center gap-3 border-b px-3.5 py-2.5 last:border-b-0">
      <Icon aria-hidden className="size-4 shrink-0 text-fg3" />
      <div className="min-w-0 flex-1">
        <p className="font-[550]">{name}</p>
        <p className="text-xs text-fg3">
          {session.ip && `${session.ip} · `}last used <TimeAgo at={session.lastUsedAt} /> · signed in <TimeAgo at={session.created} />
        </p>
      </div>
      {session.current ? (
        <Pill tone="ok">This browser</Pill>
      ) : (
        <Button size="sm" busy={end.isPending} aria-label={`End session of ${name}`} onClick={() => end.mutate()}>
          End session
        </Button>
      )}
    </li>
  );
}
