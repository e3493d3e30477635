import type { ReplaceResult, UsageFlow } from '@/api/types';

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

/** A flow that "Replace in flows" will change. */
export interface PreviewFlow {
  id: string;
  name: string;
  /** "draft", "published", or "draft and published". */
  versions: string;
  /** Names of the steps that change in either version, each once. */
  steps: readonly string[];
}

/** One entry a flow of what replacing would change. The order of first appearance is kept. */
export function mergePreview(flows: ReplaceResult['flows']): PreviewFlow[] {
  const byId = new Map<string, ReplaceResult['flows']>();
  for (const flow of flows) byId.set(flow.id, [...(byId.get(flow.id) ?? []), flow]);
  return [...byId.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const versions = [...new Set(same.map((each) => each.version))].sort().join(' and ');
    return [{ id: first.id, name: first.name, versions, steps: [...new Set(same.flatMap((each) => each.steps))] }];
  });
}
