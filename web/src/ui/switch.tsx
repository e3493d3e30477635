import { Check } from 'lucide-react';
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from 'radix-ui';
import { useId, type ReactNode } from 'react';
import { useFieldProps } from './field';

/** On or off, effective at once. */
export function Switch({ checked, onCheckedChange, label, disabled }: { checked: boolean; onCheckedChange: (on: boolean) => void; label?: string; disabled?: boolean }) {
  const field = useFieldProps();
  return (
    <RadixSwitch.Root
      {...field}
      checked={checked}
      onCheckedChange={onCheckedChange}
      aria-label={label}
      disabled={disabled ?? false}
      className="relative h-5 w-9 shrink-0 rounded-full bg-(--control-line) transition-colors data-[state=checked]:bg-accent disabled:opacity-50"
    >
      <RadixSwitch.Thumb className="block size-4 translate-x-0.5 rounded-full bg-white shadow-sm transition-transform data-[state=checked]:translate-x-[18px] dark:bg-[#10131f]" />
    </RadixSwitch.Root>
  );
}

/** A box to tick with its label; effective on submit. */
export function Checkbox({ checked, onCheckedChange, children, disabled }: { checked: boolean; onCheckedChange: (on: boolean) => void; children: ReactNode; disabled?: boolean }) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5 text-sm">
      <RadixCheckbox.Root
        id={id}
        checked={checked}
        disabled={disabled ?? false}
        onCheckedChange={(on) => onCheckedChange(on === true)}
        className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-[4px] border border-(--control-line) bg-surface data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <RadixCheckbox.Indicator>
          <Check className="size-3 stroke-3 text-on-accent" />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <label htmlFor={id}>{children}</label>
    </div>
  );
}
