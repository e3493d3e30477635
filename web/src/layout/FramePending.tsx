import { Skeleton } from '@/ui/states';
import { Brand } from './Brand';

/** The frame of the pages while it is not known yet who is signed in: what comes then falls into place. */
export function FramePending() {
  return (
    <div role="status" aria-label="Loading" className="flex min-h-dvh max-md:flex-col">
      <div className="flex shrink-0 flex-col gap-4 border-r bg-sunken p-2.5 max-md:h-13 max-md:justify-center max-md:border-r-0 max-md:border-b max-md:pl-13 md:h-dvh md:w-[232px] md:max-lg:w-[60px]">
        <div className="px-2 py-2 md:max-lg:px-2">
          <Brand />
        </div>
        <Skeleton className="h-9 max-md:hidden" />
        {Array.from({ length: 5 }, (_, line) => (
          <Skeleton key={line} className="mx-2 h-4 max-md:hidden" />
        ))}
      </div>
    </div>
  );
}
