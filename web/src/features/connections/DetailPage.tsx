import { PageBody, PageHead } from '@/ui/page';

export function ConnectionDetailPage() {
  return (
    <PageBody>
      <PageHead title="Connection" />
    </PageBody>
  );
}
