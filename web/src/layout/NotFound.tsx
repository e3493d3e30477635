import { Link, useRouter } from '@tanstack/react-router';
import { Unplug } from 'lucide-react';
import { ApiError } from '@/api/client';
import { useTitle } from '@/lib/hooks';
import { Button } from '@/ui/button';
import { Empty, ErrorState } from '@/ui/states';

/** No page at this address, or nothing there that this person may see. */
export function NotFound() {
  return (
    <main className="grid min-h-[60dvh] place-items-center">
      <NothingHere />
    </main>
  );
}

/** The same inside a page's frame. */
export function NothingHere() {
  useTitle('Not found');
  return (
    <Empty
      icon={<Unplug />}
      heading="h1"
      title="There is nothing here"
      action={
        <Button variant="primary" asChild>
          <Link to="/">Go to Connections</Link>
        </Button>
      }
    >
      The address is wrong, or it belongs to a project you are not a member of.
    </Empty>
  );
}

/** A page that failed while loading or drawing. */
export function PageFailed({ error }: { error: unknown }) {
  const router = useRouter();
  // Code that did not arrive is not asked for again by the browser while the page stands.
  const retry = (): void => (error instanceof ApiError ? void router.invalidate() : window.location.reload());
  return (
    <main className="grid min-h-[60dvh] place-items-center">
      <ErrorState heading="h1" error={error} title="This page did not load" onRetry={retry} />
    </main>
  );
}
