import { initials } from '@/lib/text';
import { cn } from '@/lib/cn';

/** A person's initials in a disc. The name stands beside it or in its tooltip. */
export function Avatar({ name, className }: { name: string; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn(
        'inline-grid size-[26px] shrink-0 place-items-center rounded-full bg-accent-weak text-[10.5px] font-[650] text-accent',
        className,
      )}
    >
      {initials(name)}
    </span>
  );
}
