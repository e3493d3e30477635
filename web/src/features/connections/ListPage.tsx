import { PageBody, PageHead } from '@/ui/page';

export function ConnectionListPage() {
  return (
    <PageBody>
      <PageHead title="Connections" />
    </PageBody>
  );
}
