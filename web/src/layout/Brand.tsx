/** The mark: a cable between two jacks. */
export function Mark({ className = 'size-6' }: { className?: string }) {
  return (
    <span aria-hidden className={`grid shrink-0 place-items-center rounded-[7px] bg-accent text-on-accent ${className}`}>
      <svg viewBox="0 0 24 24" className="size-[70%]" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round">
        <circle cx="6.5" cy="6" r="2.5" />
        <circle cx="17.5" cy="18" r="2.5" />
        <path d="M6.5 8.5V13a5 5 0 0 0 5 5H15M17.5 15.5V11a5 5 0 0 0-5-5H9" />
      </svg>
    </span>
  );
}

/** Mark and name. */
export function Brand() {
  return (
    <span className="flex items-center gap-2.5 text-[15px] font-[650] tracking-[-0.01em]">
      <Mark />
      <span className="md:max-lg:sr-only">Patchbay</span>
    </span>
  );
}
