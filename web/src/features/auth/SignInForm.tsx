import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, toApiError } from '@/api/client';
import type { Me } from '@/api/types';
import { Button } from '@/ui/button';
import { Field, Input, SecretInput } from '@/ui/field';
import { FormError, Note } from '@/ui/states';

function minutesAndSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes ? `${minutes} min ${String(seconds % 60).padStart(2, '0')} s` : `${seconds} s`;
}

/** E-mail and password; a locked account shows how long it stays so. */
export function SignInForm({ email: knownEmail, onSignedIn }: { email?: string; onSignedIn: (me: Me) => void }) {
  const [email, setEmail] = useState(knownEmail ?? '');
  const [password, setPassword] = useState('');
  const [lockedUntil, setLockedUntil] = useState<number | null>(null);
  const [secondsLeft, setSecondsLeft] = useState(0);
  const passwordField = useRef<HTMLInputElement>(null);
  const signIn = useMutation({
    mutationFn: () => api.post<Me>('/auth/login', { email: email.trim(), password }, { anonymous: true }),
    meta: { shown: true },
    onSuccess: onSignedIn,
    onError: (cause) => {
      const error = toApiError(cause);
      if (error.code === 'ACCOUNT_LOCKED') {
        const wait = error.retryAfter ?? 30 * 60;
        setSecondsLeft(wait);
        setLockedUntil(Date.now() + wait * 1000);
      }
      passwordField.current?.select();
    },
  });
  useEffect(() => {
    if (lockedUntil === null) return;
    const timer = window.setInterval(() => {
      const left = Math.ceil((lockedUntil - Date.now()) / 1000);
      setSecondsLeft(Math.max(0, left));
      if (left <= 0) setLockedUntil(null);
    }, 1000);
    return () => window.clearInterval(timer);
  }, [lockedUntil]);
  const locked = lockedUntil !== null;
  const error = signIn.error ? toApiError(signIn.error) : null;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!locked && !signIn.isPending) signIn.mutate();
      }}
    >
      <Field label="E-mail">
        <Input
          type="email"
          autoComplete="username"
          required
          autoFocus={!knownEmail}
          readOnly={Boolean(knownEmail)}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label="Password">
        <SecretInput
          ref={passwordField}
          autoComplete="current-password"
          required
          autoFocus={Boolean(knownEmail)}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {locked ? (
        <Note tone="warn">
          Too many wrong passwords. You can try again in{' '}
          <span className="tabular-nums">{minutesAndSeconds(secondsLeft)}</span>.
        </Note>
      ) : (
        error && error.code !== 'ACCOUNT_LOCKED' && <FormError error={error} />
      )}
      <Button type="submit" variant="primary" size="lg" busy={signIn.isPending} disabled={locked}>
        Sign in
      </Button>
    </form>
  );
}
