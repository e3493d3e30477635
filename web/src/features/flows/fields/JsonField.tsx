import { useState } from 'react';
import type { Json } from '../model/document';
import { readJson, writeJson } from '../model/jsonText';
import { TemplateField, type TemplateFieldProps } from './TemplateField';

/** A JSON value as text with pills. While what is typed is not valid JSON the value keeps what it was. */
export function JsonField({
  value,
  onChange,
  accept,
  ...rest
}: Omit<TemplateFieldProps, 'value' | 'onChange' | 'multiline' | 'mono'> & {
  value: Json | undefined;
  onChange: (value: Json) => void;
  /** What is wrong with a valid value, if anything. */
  accept?: (value: Json) => string | null;
}) {
  const [typed, setTyped] = useState<{ text: string; of: string } | null>(null);
  const written = writeJson(value);
  const text = typed && typed.of === written ? typed.text : written;
  const reading = readJson(text);
  const fault = 'error' in reading ? reading.error : (accept?.(reading.value) ?? null);
  return (
    <TemplateField
      {...rest}
      multiline
      mono
      value={text}
      error={fault ?? rest.error}
      onChange={(next) => {
        const result = readJson(next);
        const good = 'value' in result && !accept?.(result.value);
        setTyped({ text: next, of: good ? writeJson(result.value) : written });
        if (good) onChange(result.value);
      }}
    />
  );
}
