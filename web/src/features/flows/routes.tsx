import { PageBody, PageHead } from '@/ui/page';

/** `/p/{project}/flows` */
export function FlowListPage() {
  return (
    <PageBody>
      <PageHead title="Flows" />
    </PageBody>
  );
}

/** `/p/{project}/flows/{id}` */
export function FlowPage() {
  return (
    <PageBody>
      <PageHead title="Flow" />
    </PageBody>
  );
}
