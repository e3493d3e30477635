import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { onSessionLost } from '@/api/client';
import { meQuery } from '@/api/session';
import type { Me } from '@/api/types';
import { Dialog } from '@/ui/dialog';
import { SignInForm } from './SignInForm';

/**
 * When the session ends while a page is open: asks to sign in again on top of it, so that nothing typed is
 * lost. Closing it leads to the sign-in page.
 */
export function SessionLostDialog() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [who, setWho] = useState<Me | null>(null);
  useEffect(
    () =>
      onSessionLost(() => {
        const me = client.getQueryData(meQuery.queryKey);
        if (me) setWho(me);
      }),
    [client],
  );
  return (
    <Dialog
      open={who !== null}
      size="sm"
      keepOpen
      title="Sign in again"
      description="Your session has ended. Sign in to go on where you are; nothing on this page is lost."
      onOpenChange={(open) => {
        if (open) return;
        setWho(null);
        const next = window.location.pathname + window.location.search;
        client.clear();
        void navigate({ to: '/login', search: { next } });
      }}
    >
      {who && (
        <SignInForm
          email={who.user.email}
          onSignedIn={(me) => {
            client.setQueryData(meQuery.queryKey, me);
            setWho(null);
            void client.invalidateQueries();
          }}
        />
      )}
    </Dialog>
  );
}
