import { lazy, Suspense } from 'react';
import { PagePending } from '@/ui/states';

export { RunListPage } from './RunListPage';

// A run brings the canvas with it; the list does without.
const Run = lazy(async () => ({ default: (await import('./RunPage')).RunPage }));

/** `/p/{project}/runs/{id}` */
export function RunPage() {
  return (
    <Suspense fallback={<PagePending />}>
      <Run />
    </Suspense>
  );
}
