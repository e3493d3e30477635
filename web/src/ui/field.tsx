import { Eye, EyeOff, Search, X } from 'lucide-react';
import { createContext, use, useId, useState, type ComponentProps, type ReactNode, type Ref } from 'react';
import { cn } from '@/lib/cn';

interface FieldIds {
  control: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

/** What a control inside a {@link Field} must carry: id, description, validity. */
export function useFieldProps() {
  const field = use(FieldContext);
  if (!field) return {};
  return {
    id: field.control,
    'aria-describedby': field.describedBy,
    'aria-invalid': field.invalid || undefined,
    'aria-required': field.required || undefined,
  };
}

/** Behind a label; the space keeps the two apart in the accessible name. */
export function Optional() {
  return <span className="ml-0.5 font-normal text-fg3"> optional</span>;
}

export interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  optional?: boolean;
  /** At the right end of the label's line. */
  aside?: ReactNode;
  hideLabel?: boolean;
  children: ReactNode;
  className?: string;
}

/** Label, control, help and error of one form field, tied together for assistive technology. */
export function Field({ label, help, error, required = false, optional = false, aside, hideLabel, children, className }: FieldProps) {
  const id = useId();
  const helpId = `${id}-help`;
  const errorId = `${id}-error`;
  const describedBy = [error ? errorId : null, help ? helpId : null].filter(Boolean).join(' ') || undefined;
  return (
    <FieldContext value={{ control: id, describedBy, invalid: Boolean(error), required }}>
      <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
        <div className={cn('flex items-baseline justify-between gap-3', hideLabel && 'sr-only')}>
          <label htmlFor={id} className="text-sm font-[550]">
            {label}
            {optional && <Optional />}
          </label>
          {aside}
        </div>
        {children}
        {error && (
          <div id={errorId} className="text-sm text-bad">
            {error}
          </div>
        )}
        {help && (
          <div id={helpId} className="text-xs text-fg3">
            {help}
          </div>
        )}
      </div>
    </FieldContext>
  );
}

export const controlLooks = cn(
  'h-9 w-full min-w-0 rounded-sm border border-line-strong bg-surface px-2.5 text-base text-fg transition-shadow',
  'focus:border-accent focus:outline-none focus:ring-3 focus:ring-accent-weak',
  'aria-invalid:border-bad aria-invalid:focus:ring-bad-weak disabled:bg-sunken [&[readonly]]:bg-sunken',
);

export interface InputProps extends ComponentProps<'input'> {
  ref?: Ref<HTMLInputElement>;
}

/** A one-line text field; inside a {@link Field} it takes its id and description from there. */
export function Input({ className, ...rest }: InputProps) {
  const field = useFieldProps();
  return <input {...field} className={cn(controlLooks, className)} {...rest} />;
}

/** A text field of several lines. */
export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  const field = useFieldProps();
  return <textarea {...field} className={cn(controlLooks, 'h-auto min-h-20 py-2 leading-relaxed', className)} {...rest} />;
}

/** A field for a secret with a show/hide button; nothing is offered by or saved to a password manager by default. */
export function SecretInput({ className, autoComplete = 'off', ...rest }: InputProps) {
  const field = useFieldProps();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <input
        {...field}
        type={shown ? 'text' : 'password'}
        autoComplete={autoComplete}
        spellCheck={false}
        autoCapitalize="none"
        autoCorrect="off"
        className={cn(controlLooks, 'pr-10 font-mono text-sm placeholder:font-sans', className)}
        {...(autoComplete === 'off' ? { 'data-1p-ignore': true, 'data-lpignore': 'true' } : {})}
        {...rest}
      />
      <button
        type="button"
        aria-label={shown ? 'Hide' : 'Show'}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-sm text-fg3 hover:text-fg"
      >
        <Icon className="size-4" />
      </button>
    </div>
  );
}

/** Whether this browser can draw dots in place of a textarea's characters; it has no password type. */
function drawsDots(): boolean {
  return CSS.supports('-webkit-text-security', 'disc');
}

/**
 * A field for a secret of several lines, such as a key file: dots in place of its characters until they are shown. Where
 * the browser draws none, nothing is drawn but a line that says so; the caret, pasting and Show work the same.
 */
export function SecretTextarea({ className, autoComplete = 'off', ...rest }: ComponentProps<'textarea'>) {
  const field = useFieldProps();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  const veiled = !shown && Boolean(rest.value) && !drawsDots();
  return (
    <div className="relative">
      <textarea
        {...field}
        rows={5}
        autoComplete={autoComplete}
        spellCheck={false}
        autoCapitalize="none"
        autoCorrect="off"
        data-1p-ignore
        data-lpignore="true"
        className={cn(
          controlLooks,
          'block h-auto resize-y py-2 pr-10 font-mono text-xs leading-relaxed break-all placeholder:font-sans placeholder:text-sm',
          !shown && 'not-placeholder-shown:[-webkit-text-security:disc]',
          veiled && 'text-transparent caret-fg selection:text-transparent',
          className,
        )}
        {...rest}
      />
      {veiled && (
        <span aria-hidden className="pointer-events-none absolute top-2 left-3.5 text-sm text-fg3">
          ••••••••  hidden
        </span>
      )}
      <button
        type="button"
        aria-label={shown ? 'Hide' : 'Show'}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute top-0 right-0 grid size-9 place-items-center rounded-sm text-fg3 hover:text-fg"
      >
        <Icon className="size-4" />
      </button>
    </div>
  );
}

export interface SearchInputProps extends Omit<InputProps, 'onChange' | 'value'> {
  value: string;
  onValueChange: (value: string) => void;
  label: string;
  /** The key that leads here, shown while empty. */
  shortcut?: string;
  big?: boolean;
}

/** A search field with its icon, a clear button and, while empty, the key that leads to it. */
export function SearchInput({ value, onValueChange, label, shortcut, big, className, ...rest }: SearchInputProps) {
  return (
    <div className={cn('relative', className)}>
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-fg3" />
      <input
        type="search"
        aria-label={label}
        value={value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onValueChange(event.target.value)}
        className={cn(
          controlLooks,
          'pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden',
          big ? 'h-[42px] text-[15px]' : 'h-[34px] text-sm',
        )}
        placeholder={label}
        {...rest}
      />
      {value ? (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => onValueChange('')}
          className="absolute top-1/2 right-1.5 grid size-6 -translate-y-1/2 place-items-center rounded-sm text-fg3 hover:text-fg"
        >
          <X className="size-3.5" />
        </button>
      ) : (
        shortcut && <Kbd className="absolute top-1/2 right-2 -translate-y-1/2 max-md:hidden">{shortcut}</Kbd>
      )}
    </div>
  );
}

/** The face of a key. */
export function Kbd({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <kbd
      aria-hidden
      className={cn(
        'rounded-[4px] border border-line bg-sunken px-[5px] font-sans text-[11px] leading-[1.5] font-medium text-fg3',
        className,
      )}
    >
      {children}
    </kbd>
  );
}
