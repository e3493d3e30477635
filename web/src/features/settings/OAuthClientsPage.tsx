import { PageBody, PageHead } from '@/ui/page';

export function OAuthClientsPage() {
  return (
    <PageBody>
      <PageHead title="OAuthClients" />
    </PageBody>
  );
}
