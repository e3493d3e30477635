import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FolderOpen, Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { useMe } from '@/api/session';
import { SessionLostDialog } from '@/features/auth/SessionLostDialog';
import { Button } from '@/ui/button';
import { PageTitle } from '@/ui/page';
import { Empty } from '@/ui/states';
import { NewProjectDialog } from './NewProjectDialog';

/** `/` for somebody who is in no project. */
export function NoProjectPage() {
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const signOut = async (): Promise<void> => {
    await api.post('/auth/logout', undefined, { anonymous: true }).catch(() => undefined);
    await navigate({ to: '/login', search: {} });
    client.clear();
  };
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <SessionLostDialog />
      <PageTitle className="sr-only">No project</PageTitle>
      <Empty
        icon={<FolderOpen />}
        title="You are in no project"
        action={
          <>
            {me.user.isOwner && (
              <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => setCreating(true)}>
                New project
              </Button>
            )}
            <Button onClick={() => void signOut()}>Sign out</Button>
          </>
        }
      >
        {me.user.isOwner ? 'Create one to begin.' : 'Ask an admin of the project you work in to invite you.'}
      </Empty>
      <NewProjectDialog open={creating} onOpenChange={setCreating} />
    </main>
  );
}
