import { PageBody, PageHead } from '@/ui/page';

export function AuditPage() {
  return (
    <PageBody>
      <PageHead title="Audit" />
    </PageBody>
  );
}
