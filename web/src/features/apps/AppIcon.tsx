import { Plug } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/cn';

const sizes = {
  xs: { tile: 'size-[22px] rounded-[6px]', icon: 'size-3.5' },
  sm: { tile: 'size-7 rounded-[7px]', icon: 'size-[18px]' },
  md: { tile: 'size-[34px] rounded-md', icon: 'size-5' },
  lg: { tile: 'size-12 rounded-lg', icon: 'size-7' },
};

/** An app's icon in a bordered tile. Decoration: the app's name stands beside it. Without a picture: a plug. */
export function AppIcon({ app, size = 'md', className }: { app: string; size?: keyof typeof sizes; className?: string }) {
  const [broken, setBroken] = useState<string | null>(null);
  return (
    <span
      aria-hidden
      className={cn('inline-grid shrink-0 place-items-center border bg-raised', sizes[size].tile, className)}
    >
      {broken === app ? (
        <Plug className={cn('text-fg3', sizes[size].icon)} />
      ) : (
        <img
          src={`/api/v1/apps/${encodeURIComponent(app)}/icon.svg`}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(app)}
          className={cn('object-contain', sizes[size].icon)}
        />
      )}
    </span>
  );
}
