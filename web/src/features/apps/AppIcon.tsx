import { Plug } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/cn';
import { isDark } from '@/lib/color';
import { useAppIndex } from './queries';

const sizes = {
  xs: { tile: 'size-[22px] rounded-[6px]', icon: 'size-[13px]' },
  sm: { tile: 'size-7 rounded-[7px]', icon: 'size-4' },
  md: { tile: 'size-[34px] rounded-md', icon: 'size-[18px]' },
  lg: { tile: 'size-12 rounded-lg', icon: 'size-6' },
};

/**
 * An app's icon in a bordered tile. Decoration: the app's name stands beside it. A one-colour dark logo takes
 * the text colour in dark mode; an app without a picture gets a plug.
 */
export function AppIcon({ app, size = 'md', className }: { app: string; size?: keyof typeof sizes; className?: string }) {
  const summary = useAppIndex().get(app);
  const [broken, setBroken] = useState(false);
  const dark = summary?.brandColor ? isDark(summary.brandColor) : false;
  return (
    <span
      aria-hidden
      className={cn('inline-grid shrink-0 place-items-center border bg-raised', sizes[size].tile, className)}
    >
      {broken ? (
        <Plug className={cn('text-fg3', sizes[size].icon)} />
      ) : (
        <img
          src={summary?.icon ?? `/api/v1/apps/${encodeURIComponent(app)}/icon.svg`}
          alt=""
          decoding="async"
          onError={() => setBroken(true)}
          className={cn('object-contain', sizes[size].icon, dark && 'dark:brightness-0 dark:invert')}
        />
      )}
    </span>
  );
}
