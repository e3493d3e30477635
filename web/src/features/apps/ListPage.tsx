import { PageBody, PageHead } from '@/ui/page';

export function AppListPage() {
  return (
    <PageBody>
      <PageHead title="Apps" />
    </PageBody>
  );
}
