import { describe, expect, it } from 'vitest';
import { executionsById, iterationLabel, overallStatus, samplesOf } from './steps';
import type { RunStep } from './types';

const step = (id: string, path: string, status: RunStep['status'], output: unknown = null): RunStep => ({
  id,
  path,
  kind: 'http',
  name: null,
  status,
  input: null,
  output,
  error: null,
  attempts: 1,
  startedAt: null,
  durationMs: null,
});

describe('steps of a run', () => {
  const steps = [step('each', 'each', 'FAILED'), step('post', 'each[0].post', 'SUCCEEDED', { n: 1 }), step('post', 'each[1].post', 'FAILED')];

  it('gather the executions of a step in a loop', () => {
    const executions = executionsById(steps).get('post') ?? [];
    expect(executions.map((each) => each.path)).toEqual(['each[0].post', 'each[1].post']);
    expect(overallStatus(executions)).toBe('FAILED');
    expect(overallStatus([])).toBeNull();
  });

  it('say which item an execution was for', () => {
    expect(iterationLabel('each[0].inner[2].post')).toBe('item 1 › item 3');
    expect(iterationLabel('big.yes')).toBeNull();
  });

  it('give the first output as a sample', () => {
    expect(samplesOf({ trigger: { body: 1 }, steps })).toEqual({ trigger: { body: 1 }, steps: { post: { n: 1 } } });
  });
});
