import { Lock } from 'lucide-react';
import { PageHead } from '@/ui/page';
import { Empty } from '@/ui/states';

/** A settings page that this person's role does not open. */
export function NotAllowed({ title, who = 'admins of this project' }: { title: string; who?: string }) {
  return (
    <>
      <PageHead title={title} />
      <div className="rounded-lg border bg-surface">
        <Empty icon={<Lock />} title="You have no access to this">
          This page is for {who}.
        </Empty>
      </div>
    </>
  );
}
