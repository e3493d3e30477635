import { PageBody, PageHead } from '@/ui/page';

export function GeneralPage() {
  return (
    <PageBody>
      <PageHead title="General" />
    </PageBody>
  );
}
