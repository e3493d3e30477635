import { cn } from '@/lib/cn';

/** A machine's word, such as a scope, as it stands. */
export function Tag({ children, className }: { children: string; className?: string }) {
  return (
    <code className={cn('inline-block max-w-full rounded-[5px] border bg-sunken px-1.5 py-0.5 font-mono text-xs break-all', className)}>
      {children}
    </code>
  );
}

/** Several of them; `label` says what they are. */
export function Tags({ items, label }: { items: readonly string[]; label: string }) {
  return (
    <ul aria-label={label} className="flex flex-wrap gap-1.5">
      {items.map((item) => (
        <li key={item} className="max-w-full">
          <Tag>{item}</Tag>
        </li>
      ))}
    </ul>
  );
}
