import { PageBody, PageHead } from '@/ui/page';

export function MembersPage() {
  return (
    <PageBody>
      <PageHead title="Members" />
    </PageBody>
  );
}
