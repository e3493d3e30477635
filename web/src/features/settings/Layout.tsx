import { PageBody, PageHead } from '@/ui/page';

export function SettingsLayout() {
  return (
    <PageBody>
      <PageHead title="Settings" />
    </PageBody>
  );
}
