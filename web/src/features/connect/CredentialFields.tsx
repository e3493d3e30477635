import { useEffect, useRef, useState, type RefObject } from 'react';
import { Field, Input, SecretInput, SecretTextarea, Textarea } from '@/ui/field';
import { OutLink } from '@/ui/link';
import type { FormField, Values } from './form';

/** Pasted keys come with spaces and line ends around them. */
function trimmed(event: React.ClipboardEvent<HTMLInputElement | HTMLTextAreaElement>): string | null {
  const text = event.clipboardData.getData('text');
  const clean = text.trim();
  return clean === text ? null : clean;
}

export interface CredentialFieldsProps {
  fields: readonly FormField[];
  values: Values;
  onChange: (name: string, value: string) => void;
  errors: Record<string, string>;
}

/** The fields of a connect form; secrets can be shown, nothing is remembered by the browser. */
export function CredentialFields({ fields, values, onChange, errors }: CredentialFieldsProps) {
  return fields.map((field) => {
    const control = {
      name: `pb-${field.name}`,
      'data-field': field.name,
      value: values[field.name] ?? '',
      autoComplete: 'off',
      spellCheck: false,
      autoCapitalize: 'none',
      placeholder: field.placeholder ?? field.example ?? undefined,
      onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(field.name, event.target.value),
      onPaste: (event: React.ClipboardEvent<HTMLInputElement | HTMLTextAreaElement>) => {
        const clean = trimmed(event);
        if (clean === null) return;
        event.preventDefault();
        const { selectionStart, selectionEnd, value } = event.currentTarget;
        onChange(field.name, value.slice(0, selectionStart ?? value.length) + clean + value.slice(selectionEnd ?? value.length));
      },
    };
    const Control = field.secret ? SecretInput : Input;
    const Lines = field.secret ? SecretTextarea : Textarea;
    return (
      <Field
        key={field.name}
        label={field.title}
        error={errors[field.name]}
        optional={field.required === false}
        help={field.help ?? undefined}
        aside={
          field.helpUrl && (
            <OutLink href={field.helpUrl} className="text-xs">
              Where do I find this?
            </OutLink>
          )
        }
      >
        {field.multiline ? <Lines {...control} /> : <Control {...control} />}
      </Field>
    );
  });
}

/**
 * Answers a function that puts the cursor into the first field that has an error, as soon as the errors are drawn and
 * nothing is `pending` any more: fields that are disabled meanwhile take no focus. What the field holds is selected, to be
 * typed over.
 */
export function useFocusError(root: RefObject<HTMLElement | null>, pending: boolean): () => void {
  const [wanted, setWanted] = useState(0);
  const done = useRef(0);
  useEffect(() => {
    if (pending || done.current === wanted) return;
    done.current = wanted;
    const field = root.current?.querySelector<HTMLInputElement | HTMLTextAreaElement>('[aria-invalid=true]');
    field?.focus();
    field?.select();
  }, [root, pending, wanted]);
  return () => setWanted((times) => times + 1);
}
