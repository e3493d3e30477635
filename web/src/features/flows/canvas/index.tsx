import { Suspense } from 'react';
import { later } from '@/lib/later';
import { isNarrow } from '@/lib/hooks';
import { Skeleton } from '@/ui/states';
import type { CanvasProps } from './Canvas';

const Drawn = later(async () => (await import('./Canvas')).Canvas);

/** The canvas, with its first tiles in its place while its code is on its way. Narrow screens show a list and do without. */
export function Canvas(props: CanvasProps) {
  return (
    <Suspense
      fallback={
        <div aria-busy className="flex min-w-0 flex-1 flex-col items-center gap-11 bg-bg pt-10">
          <Skeleton className="h-[58px] w-[288px] rounded-lg" />
          <Skeleton className="h-[58px] w-[288px] rounded-lg" />
        </div>
      }
    >
      <Drawn {...props} />
    </Suspense>
  );
}

/** Fetches the canvas beside the page that shows it, where it does. */
export function canvasAhead(): void {
  if (!isNarrow()) void Drawn.preload();
}
