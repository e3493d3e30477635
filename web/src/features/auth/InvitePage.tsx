import { PageBody, PageHead } from '@/ui/page';

export function InvitePage() {
  return (
    <PageBody>
      <PageHead title="Invitation" />
    </PageBody>
  );
}
