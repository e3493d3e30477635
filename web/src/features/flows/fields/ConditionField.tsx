import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/ui/button';
import { Select } from '@/ui/select';
import { Segmented } from '@/ui/tabs';
import { conditionText, isUnary, OPERATORS, parseCondition, type Comparison, type Condition } from '../model/condition';
import type { Json } from '../model/document';
import { useData } from './context';
import { TemplateField } from './TemplateField';

const EMPTY: Comparison = { left: '', operator: 'eq', right: '' };

/** A condition: rows of comparisons, or the expression itself. Both write the same expression. */
export function ConditionField({ label, value, onChange, error }: { label: string; value: Json | undefined; onChange: (value: string) => void; error?: string | undefined }) {
  const { readOnly } = useData();
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : String(JSON.stringify(value));
  const parsed = parseCondition(text);
  const [mode, setMode] = useState<'rows' | 'expression'>(parsed ? 'rows' : 'expression');
  const [draft, setDraft] = useState<{ condition: Condition; of: string } | null>(null);
  const condition = draft && draft.of === text ? draft.condition : parsed;
  const shown = condition ? mode : 'expression';
  const set = (next: Condition): void => {
    const written = conditionText(next);
    setDraft({ condition: next, of: written });
    onChange(written);
  };
  const setRow = (at: number, part: Partial<Comparison>): void => {
    if (condition) set({ ...condition, rows: condition.rows.map((row, i) => (i === at ? { ...row, ...part } : row)) });
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="sr-only">{label}</legend>
      <div className="flex items-center justify-between gap-2">
        <span aria-hidden className="text-sm font-[550]">
          {label}
        </span>
        {!readOnly && (
          <Button
            size="sm"
            variant="ghost"
            className="-my-1"
            disabled={!condition && shown === 'expression'}
            onClick={() => setMode(shown === 'rows' ? 'expression' : 'rows')}
          >
            {shown === 'rows' ? 'Edit as expression' : 'Simple editor'}
          </Button>
        )}
      </div>
      {shown === 'expression' || !condition ? (
        <TemplateField
          label={`${label}: expression`}
          hideLabel
          multiline
          mono
          value={text}
          placeholder="{{ trigger.body.n > 10 }}"
          error={error}
          help={condition ? undefined : 'This condition says more than the simple editor can show.'}
          onChange={onChange}
        />
      ) : (
        <>
          {condition.rows.map((row, at) => (
            <div key={at} className="flex flex-col gap-1.5 rounded-sm border bg-sunken p-2">
              <div className="flex items-start gap-1.5">
                <TemplateField
                  className="flex-1"
                  label={`${label}: value ${at + 1}`}
                  hideLabel
                  value={row.left}
                  placeholder="Data, e.g. an amount"
                  onChange={(left) => setRow(at, { left })}
                />
                {!readOnly && condition.rows.length > 1 && (
                  <IconButton
                    label={`Remove comparison ${at + 1}`}
                    className="mt-1"
                    onClick={() => set({ ...condition, rows: condition.rows.filter((_, i) => i !== at) })}
                  >
                    <X />
                  </IconButton>
                )}
              </div>
              <Select
                label={`${label}: comparison ${at + 1}`}
                value={row.operator}
                disabled={readOnly}
                options={OPERATORS}
                onValueChange={(operator) => setRow(at, { operator, ...(isUnary(operator) ? { right: '' } : {}) })}
              />
              {!isUnary(row.operator) && (
                <TemplateField
                  label={`${label}: compared with ${at + 1}`}
                  hideLabel
                  value={row.right}
                  placeholder="Text, number or data"
                  onChange={(right) => setRow(at, { right })}
                />
              )}
            </div>
          ))}
          {condition.rows.length > 1 && !readOnly && (
            <Segmented
              label="How comparisons are joined"
              value={condition.join}
              onValueChange={(join) => set({ ...condition, join })}
              items={[
                { value: 'and', label: 'All must hold' },
                { value: 'or', label: 'Any may hold' },
              ]}
            />
          )}
          {!readOnly && (
            <Button size="sm" variant="ghost" icon={<Plus />} className="self-start" onClick={() => set({ ...condition, rows: [...condition.rows, EMPTY] })}>
              Add comparison
            </Button>
          )}
          {error && <p className="text-sm text-bad">{error}</p>}
        </>
      )}
    </fieldset>
  );
}
