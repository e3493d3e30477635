import { PageBody, PageHead } from '@/ui/page';

export function WorkspacePage() {
  return (
    <PageBody>
      <PageHead title="Workspace" />
    </PageBody>
  );
}
