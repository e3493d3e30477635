import { PageBody, PageHead } from '@/ui/page';

export function SetupPage() {
  return (
    <PageBody>
      <PageHead title="Setup" />
    </PageBody>
  );
}
