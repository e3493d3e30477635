import { PageBody, PageHead } from '@/ui/page';

export function NoProjectPage() {
  return (
    <PageBody>
      <PageHead title="No project" />
    </PageBody>
  );
}
