import { Skeleton } from '@/ui/states';

export function PanePending() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-4">
      <Skeleton className="h-9" />
      <Skeleton className="h-4 w-20" />
      <Skeleton className="h-9" />
      <Skeleton className="h-10" />
    </div>
  );
}
