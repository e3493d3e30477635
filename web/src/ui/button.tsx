import { Slot } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Spinner } from './spinner';

export type ButtonVariant = 'default' | 'primary' | 'ghost' | 'danger' | 'danger-ghost' | 'link';
export type ButtonSize = 'md' | 'sm' | 'lg';

const variants: Record<ButtonVariant, string> = {
  default: 'border-line-strong bg-surface text-fg shadow-low hover:bg-hover',
  primary: 'border-transparent bg-accent text-on-accent shadow-low hover:bg-accent-hover',
  ghost: 'border-transparent text-fg2 hover:bg-hover hover:text-fg',
  danger: 'border-transparent bg-bad text-surface shadow-low hover:opacity-90',
  'danger-ghost': 'border-transparent text-bad hover:bg-bad-weak',
  link: 'h-auto! border-transparent px-0! text-accent hover:underline underline-offset-2',
};

const sizes: Record<ButtonSize, string> = {
  sm: 'h-7 px-2.5 text-sm',
  md: 'h-[34px] px-3 text-sm',
  lg: 'h-10 px-4 text-base',
};

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Shows that the work is under way and refuses further clicks, keeping focus. */
  busy?: boolean;
  icon?: ReactNode;
  /** Renders the only child (a link) with the button's looks. */
  asChild?: boolean;
}

/** A push button. One `primary` a screen. */
export function Button({
  variant = 'default',
  size = 'md',
  busy = false,
  icon,
  asChild = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const looks = cn(
    'inline-flex shrink-0 items-center justify-center gap-[7px] rounded-sm border font-[550] whitespace-nowrap select-none',
    'transition-colors disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-70',
    '[&_svg]:size-4 [&_svg]:shrink-0',
    variants[variant],
    sizes[size],
    className,
  );
  if (asChild) {
    return (
      <Slot.Root className={looks} onClick={onClick as never} {...(rest as object)}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type={type}
      className={looks}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={
        busy
          ? (event) => {
              event.preventDefault();
            }
          : onClick
      }
      {...rest}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'asChild'> {
  /** The accessible name. */
  label: string;
  children: ReactNode;
}

/** A square button with an icon for its face; `label` names it. */
export function IconButton({ label, className, children, variant = 'ghost', size = 'sm', ...rest }: IconButtonProps) {
  return (
    <Button
      aria-label={label}
      variant={variant}
      size={size}
      className={cn(size === 'sm' ? 'w-7 px-0' : 'w-[34px] px-0', className)}
      {...rest}
    >
      {children}
    </Button>
  );
}
