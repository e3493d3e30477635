import { PageBody, PageHead } from '@/ui/page';

/** `/p/{project}/runs` */
export function RunListPage() {
  return (
    <PageBody>
      <PageHead title="Runs" />
    </PageBody>
  );
}

/** `/p/{project}/runs/{id}` */
export function RunPage() {
  return (
    <PageBody>
      <PageHead title="Run" />
    </PageBody>
  );
}
