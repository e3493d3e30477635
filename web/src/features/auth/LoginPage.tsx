import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { toApiError } from '@/api/client';
import { meQuery } from '@/api/session';
import { AuthLayout } from './AuthLayout';
import { safeNext } from './next';
import { SignInForm } from './SignInForm';

/** `/login?next=` */
export function LoginPage() {
  const { next } = useSearch({ from: '/login' });
  const client = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const me = useQuery(meQuery);
  useEffect(() => {
    if (me.data) router.history.replace(safeNext(next));
    else if (me.error && toApiError(me.error).details['setupRequired'] === true) void navigate({ to: '/setup', replace: true });
  }, [me.data, me.error, next, router, navigate]);
  return (
    <AuthLayout title="Sign in" lead="Welcome back.">
      <SignInForm
        onSignedIn={(signedIn) => {
          client.clear();
          client.setQueryData(meQuery.queryKey, signedIn);
          router.history.replace(safeNext(next));
        }}
      />
    </AuthLayout>
  );
}
