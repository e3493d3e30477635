/** What somebody means by a line typed into the palette. */
export interface Ask {
  /** `any`: a name or part of one. */
  intent: 'any' | 'reconnect' | 'where' | 'connect';
  /** The thing it is about: "hubspot" of "Where is HubSpot used?". Lower case, may be empty. */
  subject: string;
}

const FORMS: [Ask['intent'], RegExp][] = [
  ['where', /^(?:where(?:\s+is|'s)?|who\s+uses|what\s+uses)\b\s*(.*?)(?:\s+used)?\s*\??$/],
  ['reconnect', /^(?:re-?connect|repair|fix)\b\s*(.*)$/],
  ['connect', /^(?:new\s+connection|connect|add)\b\s*(?:to\s+)?(.*)$/],
];

/** Understands "Reconnect Slack", "Where is HubSpot used?", "Connect Stripe"; anything else is a name. */
export function askOf(text: string): Ask {
  const line = text.trim().toLowerCase().replace(/\s+/g, ' ');
  for (const [intent, form] of FORMS) {
    const match = form.exec(line);
    if (match) return { intent, subject: (match[1] ?? '').trim() };
  }
  return { intent: 'any', subject: line.replace(/^(?:open|go to|show)\s+/, '') };
}
