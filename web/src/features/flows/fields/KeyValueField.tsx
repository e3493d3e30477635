import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/ui/button';
import { Input } from '@/ui/field';
import { isObject, type Json, type JsonObject } from '../model/document';
import { useData } from './context';
import { TemplateField } from './TemplateField';

interface Row {
  key: string;
  value: string;
}

const asText = (value: Json): string => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));

function rowsOf(value: Json | undefined): Row[] {
  return isObject(value) ? Object.entries(value).map(([key, item]) => ({ key, value: asText(item) })) : [];
}

/** Names with values; the values take pills. Rows without a name are kept on the screen but not in the flow. */
export function KeyValueField({
  label,
  value,
  onChange,
  keyLabel = 'Name',
  valueLabel = 'Value',
  addLabel,
  help,
  keyPattern,
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: JsonObject) => void;
  keyLabel?: string;
  valueLabel?: string;
  addLabel: string;
  help?: string;
  /** What a name must look like; others are marked. */
  keyPattern?: { test: RegExp; message: string };
}) {
  const { readOnly } = useData();
  const [draft, setDraft] = useState<{ rows: Row[]; of: string } | null>(null);
  const given = JSON.stringify(value ?? {});
  const rows = draft && draft.of === given ? draft.rows : rowsOf(value);
  const set = (next: Row[]): void => {
    const before = isObject(value) ? value : {};
    const out: JsonObject = {};
    for (const row of next) {
      if (row.key.trim() === '') continue;
      const kept = before[row.key];
      // A value that was not text and was not touched stays what it is.
      out[row.key] = kept !== undefined && asText(kept) === row.value ? kept : row.value;
    }
    setDraft({ rows: next, of: JSON.stringify(out) });
    onChange(out);
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 text-sm font-[550]">{label}</legend>
      {rows.map((row, at) => (
        <div key={at} className="flex items-start gap-1.5">
          <div className="w-[36%] shrink-0">
            <Input
              aria-label={`${label}: ${keyLabel} ${at + 1}`}
              value={row.key}
              placeholder={keyLabel}
              readOnly={readOnly}
              spellCheck={false}
              aria-invalid={keyPattern && row.key !== '' && !keyPattern.test.test(row.key) ? true : undefined}
              onChange={(event) => set(rows.map((each, i) => (i === at ? { ...each, key: event.target.value } : each)))}
            />
          </div>
          <TemplateField
            className="flex-1"
            label={`${label}: ${valueLabel} ${at + 1}`}
            hideLabel
            placeholder={valueLabel}
            value={row.value}
            onChange={(next) => set(rows.map((each, i) => (i === at ? { ...each, value: next } : each)))}
          />
          {!readOnly && (
            <IconButton label={`Remove ${row.key || `row ${at + 1}`}`} className="mt-1" onClick={() => set(rows.filter((_, i) => i !== at))}>
              <X />
            </IconButton>
          )}
        </div>
      ))}
      {keyPattern && rows.some((row) => row.key !== '' && !keyPattern.test.test(row.key)) && (
        <p className="text-sm text-bad">{keyPattern.message}</p>
      )}
      {!readOnly && (
        <Button size="sm" variant="ghost" icon={<Plus />} className="self-start" onClick={() => set([...rows, { key: '', value: '' }])}>
          {addLabel}
        </Button>
      )}
      {help && <p className="text-xs text-fg3">{help}</p>}
    </fieldset>
  );
}
