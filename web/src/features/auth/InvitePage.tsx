import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { meQuery } from '@/api/session';
import type { Invitation, Me } from '@/api/types';
import { shortDate } from '@/lib/time';
import { Button } from '@/ui/button';
import { Field, Input, SecretInput } from '@/ui/field';
import { ErrorState, FormError, Note, Skeleton } from '@/ui/states';
import { AuthLayout } from './AuthLayout';
import { checkPassword } from './password';

const ROLE_TEXT = {
  admin: 'As an admin you manage everything in the project.',
  editor: 'As an editor you build flows and connect accounts.',
  viewer: 'As a viewer you see flows, runs and connections.',
};

/** `/invite/{token}` */
export function InvitePage() {
  const { token } = useParams({ from: '/invite/$token' });
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => api.get<Invitation>(`/auth/invitations/${encodeURIComponent(token)}`, { anonymous: true }),
    retry: false,
  });
  if (invitation.error) {
    const gone = [404, 410].includes(toApiError(invitation.error).status);
    return (
      <AuthLayout title={gone ? 'This invitation is over' : 'The invitation did not load'}>
        {gone ? (
          <>
            <p className="text-fg2">It was used already, withdrawn, or has run out. Ask the person who sent it for a new one.</p>
            <Button asChild>
              <Link to="/login" search={{}}>
                Go to sign-in
              </Link>
            </Button>
          </>
        ) : (
          <ErrorState error={invitation.error} onRetry={() => void invitation.refetch()} className="py-2" />
        )}
      </AuthLayout>
    );
  }
  if (!invitation.data) {
    return (
      <AuthLayout title="Invitation">
        <Skeleton className="h-9" />
        <Skeleton className="h-9" />
      </AuthLayout>
    );
  }
  return <Accept token={token} invitation={invitation.data} />;
}

function Accept({ token, invitation }: { token: string; invitation: Invitation }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [passwordError, setPasswordError] = useState<string | null>(null);
  const signedInAsThem = me?.user.email.toLowerCase() === invitation.email.toLowerCase();
  const accept = useMutation({
    mutationFn: () =>
      api.post<Me>(
        `/auth/invitations/${encodeURIComponent(token)}/accept`,
        signedInAsThem ? {} : invitation.existingUser ? { password } : { name: name.trim(), password },
        { anonymous: true },
      ),
    meta: { shown: true },
    onSuccess: async (signedIn) => {
      client.clear();
      client.setQueryData(meQuery.queryKey, signedIn);
      await navigate({ to: '/p/$project/connections', params: { project: invitation.project.id } });
    },
  });
  const error = accept.error ? toApiError(accept.error) : null;
  const fields = error?.fields ?? {};
  return (
    <AuthLayout
      title={`Join ${invitation.project.name}`}
      lead={
        <>
          {ROLE_TEXT[invitation.role]} The invitation is for <b className="font-semibold text-fg">{invitation.email}</b> and
          runs out on <span className="whitespace-nowrap">{shortDate(invitation.expiresAt)}</span>.
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const weak = !signedInAsThem && !invitation.existingUser ? checkPassword(password) : null;
          setPasswordError(weak);
          if (!weak && !accept.isPending) accept.mutate();
        }}
      >
        {me && !signedInAsThem && (
          <Note>
            You are signed in as {me.user.email}. Going on signs you in as {invitation.email} instead.
          </Note>
        )}
        {!signedInAsThem && (
          <>
            <input type="hidden" autoComplete="username" value={invitation.email} readOnly />
            {!invitation.existingUser && (
              <Field label="Your name" error={fields['name']}>
                <Input autoFocus required autoComplete="name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
              </Field>
            )}
            <Field
              label="Password"
              error={passwordError ?? fields['password']}
              help={invitation.existingUser ? 'The one you already use in this workspace.' : 'At least 8 characters.'}
            >
              <SecretInput
                required
                autoFocus={invitation.existingUser}
                autoComplete={invitation.existingUser ? 'current-password' : 'new-password'}
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
          </>
        )}
        {error && Object.keys(fields).length === 0 && <FormError error={error} />}
        <Button type="submit" variant="primary" size="lg" busy={accept.isPending}>
          Join {invitation.project.name}
        </Button>
      </form>
    </AuthLayout>
  );
}
