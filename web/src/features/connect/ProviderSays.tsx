/** The provider's own message, for those who want it; nothing when there is none. */
export function ProviderSays({ appName, text }: { appName: string; text: string | null | undefined }) {
  if (!text) return null;
  return (
    <details className="mt-1 text-xs text-fg2">
      <summary className="w-fit rounded-sm font-medium underline-offset-2 hover:underline">What {appName} said</summary>
      <code className="mt-1 block font-mono break-words whitespace-pre-wrap">{text}</code>
    </details>
  );
}
