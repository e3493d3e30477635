import { lazy, Suspense } from 'react';
import { FlowSkeleton } from './FlowSkeleton';

export { FlowListPage } from './list/FlowListPage';

// The builder brings the canvas with it; the list does without.
const Builder = lazy(async () => ({ default: (await import('./builder/FlowPage')).FlowPage }));

/** `/p/{project}/flows/{id}` */
export function FlowPage() {
  return (
    <Suspense fallback={<FlowSkeleton />}>
      <Builder />
    </Suspense>
  );
}
