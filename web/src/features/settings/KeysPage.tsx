import { PageBody, PageHead } from '@/ui/page';

export function KeysPage() {
  return (
    <PageBody>
      <PageHead title="Keys" />
    </PageBody>
  );
}
