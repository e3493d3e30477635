import { Skeleton } from '@/ui/states';

/** Header and first tiles of a flow that is on its way. */
export function FlowSkeleton() {
  return (
    <div aria-busy className="flex h-dvh flex-col">
      <h1 className="sr-only">Flow</h1>
      <span className="sr-only" role="status">
        Loading the flow
      </span>
      <div className="flex h-[55px] items-center gap-3 border-b bg-surface px-6">
        <Skeleton className="h-5 w-56" />
        <span className="flex-1" />
        <Skeleton className="h-8 w-24" />
        <Skeleton className="h-8 w-20" />
      </div>
      <div className="flex flex-1 flex-col items-center gap-11 pt-[84px]">
        <Skeleton className="h-[58px] w-[288px] rounded-lg" />
        <Skeleton className="h-[58px] w-[288px] rounded-lg" />
      </div>
    </div>
  );
}
