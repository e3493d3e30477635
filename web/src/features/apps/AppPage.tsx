import { PageBody, PageHead } from '@/ui/page';

export function AppPage() {
  return (
    <PageBody>
      <PageHead title="App" />
    </PageBody>
  );
}
