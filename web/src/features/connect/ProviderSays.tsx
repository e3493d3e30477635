import { Disclosure } from '@/ui/disclosure';

/** The provider's own message, for those who want it; nothing when there is none. */
export function ProviderSays({ appName, text }: { appName: string; text: string | null | undefined }) {
  if (!text) return null;
  return (
    <Disclosure summary={`What ${appName} said`} className="mt-1 text-xs">
      <code className="block font-mono break-words whitespace-pre-wrap">{text}</code>
    </Disclosure>
  );
}
