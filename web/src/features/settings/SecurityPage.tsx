import { PageBody, PageHead } from '@/ui/page';

export function SecurityPage() {
  return (
    <PageBody>
      <PageHead title="Security" />
    </PageBody>
  );
}
