import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button';
import { announce } from './announce';
import { toast } from './toast';

/** Puts `text` on the clipboard; false when the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Copies `text`; the icon turns into a tick for a moment. With `children` it is a worded button. */
export function CopyButton({ text, label, children }: { text: string; label: string; children?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(() => setDone(false), 1600);
    return () => window.clearTimeout(timer);
  }, [done]);
  const copy = async (): Promise<void> => {
    if (await copyText(text)) {
      setDone(true);
      announce('Copied');
    } else {
      toast({ tone: 'bad', title: 'The browser did not allow copying. Select the text and copy it by hand.' });
    }
  };
  const icon = done ? <Check className="text-ok" /> : <Copy />;
  return children ? (
    <Button aria-label={label} icon={icon} onClick={() => void copy()}>
      {done ? 'Copied' : children}
    </Button>
  ) : (
    <IconButton label={label} onClick={() => void copy()}>
      {icon}
    </IconButton>
  );
}

/** A value to be copied as it stands, with its button. */
export function CopyField({ value, label }: { value: string; label: string }) {
  return (
    <div className="flex items-center gap-1 rounded-sm border bg-sunken py-1 pr-1 pl-2.5">
      <code className="min-w-0 flex-1 font-mono text-xs break-all select-all">{value}</code>
      <CopyButton text={value} label={`Copy ${label}`} />
    </div>
  );
}
