import type { UsageFlow } from '@/api/types';

/**
 * One entry a flow: what its published version does counts, with the steps that only its draft has added to it.
 * The order of first appearance is kept.
 */
export function mergeVersions(flows: readonly UsageFlow[]): UsageFlow[] {
  const merged = new Map<string, UsageFlow>();
  for (const flow of flows) {
    const before = merged.get(flow.id);
    if (!before) {
      merged.set(flow.id, flow);
      continue;
    }
    const [lead, other] = before.version === 'published' ? [before, flow] : [flow, before];
    const known = new Set(lead.steps.map((step) => step.id));
    merged.set(flow.id, { ...lead, steps: [...lead.steps, ...other.steps.filter((step) => !known.has(step.id))] });
  }
  return [...merged.values()];
}
