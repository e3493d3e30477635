import type { FlowProblem } from '@/api/types';
import type { FlowDocument } from './document';
import { pathOf, valueAt } from './template';
import { findStep } from './tree';

/** What stands at a problem's place; undefined when it is not there. */
function placeValue(document: FlowDocument, problem: FlowProblem): unknown {
  const root = problem.step === null ? document : findStep(document, problem.step);
  if (problem.path === '') return root;
  const path = pathOf(problem.path);
  return path ? valueAt(root, path) : root;
}

/**
 * Problems found in an earlier state of a document that still hold now: those at whose place nothing has changed.
 * What is being mended is not complained about until the server has looked again.
 */
export function standing(problems: readonly FlowProblem[], checked: FlowDocument, now: FlowDocument): readonly FlowProblem[] {
  if (checked === now) return problems;
  return problems.filter((problem) => {
    if (problem.step !== null && !findStep(now, problem.step)) return false;
    if (problem.code === 'NO_STEPS') return now.steps.length === 0;
    return JSON.stringify(placeValue(checked, problem)) === JSON.stringify(placeValue(now, problem));
  });
}

/** Problems without those that only say that nothing has been entered yet: a new step is not greeted with complaints. */
export function beyondEmpty(problems: readonly FlowProblem[]): readonly FlowProblem[] {
  return problems.filter((problem) => problem.code !== 'REQUIRED' && problem.code !== 'CONNECTION_MISSING' && problem.code !== 'NO_STEPS');
}
