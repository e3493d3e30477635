import { useState } from 'react';
import { Segmented } from '@/ui/tabs';
import { JsonField } from '../fields/JsonField';
import { TemplateField } from '../fields/TemplateField';
import type { Json } from '../model/document';
import { onlyExpression } from '../model/template';

type Mode = 'none' | 'json' | 'text';

function modeOf(value: Json, jsonOnly: boolean): Mode {
  if (value === null) return 'none';
  return typeof value === 'string' && !jsonOnly && onlyExpression(value) === null ? 'text' : 'json';
}

/** A body: none, JSON or plain text, each with pills. */
export function BodyField({
  label = 'Body',
  value,
  onChange,
  error,
  jsonOnly = false,
}: {
  label?: string;
  value: Json;
  onChange: (value: Json) => void;
  error?: string | undefined;
  jsonOnly?: boolean;
}) {
  const [mode, setMode] = useState<Mode>(() => modeOf(value, jsonOnly));
  const choose = (next: Mode): void => {
    setMode(next);
    if (next === 'none') onChange(null);
    else if (next === 'json') onChange(typeof value === 'string' && onlyExpression(value) === null ? {} : (value ?? {}));
    else onChange(typeof value === 'string' ? value : '');
  };
  return (
    <div className="flex flex-col gap-2">
      <span aria-hidden className="text-sm font-[550]">
        {label}
      </span>
      <Segmented
        label={`${label}: kind`}
        value={mode}
        onValueChange={choose}
        items={[
          { value: 'none', label: 'None' },
          { value: 'json', label: 'JSON' },
          ...(jsonOnly ? [] : [{ value: 'text' as const, label: 'Text' }]),
        ]}
      />
      {mode === 'json' && <JsonField label={label} hideLabel value={value} error={error} onChange={onChange} />}
      {mode === 'text' && <TemplateField label={label} hideLabel multiline value={typeof value === 'string' ? value : ''} error={error} onChange={onChange} />}
    </div>
  );
}
