import { PageBody, PageHead } from '@/ui/page';

export function DonePage() {
  return (
    <PageBody>
      <PageHead title="Done" />
    </PageBody>
  );
}
