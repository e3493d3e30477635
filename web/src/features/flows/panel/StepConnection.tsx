import type { FlowProblem } from '@/api/types';
import { ConnectionField } from '../fields/ConnectionField';
import { omit, type Step } from '../model/document';
import { walk } from '../model/tree';
import { usePanel } from './context';
import { focusNextEmpty } from './focus';
import { useAppName } from './useAppName';

/** The Connection field of a step. */
export function StepConnection({ step, problems, optional = false }: { step: Step; problems: readonly FlowProblem[]; optional?: boolean }) {
  const { document, setStep, flush, returnTo } = usePanel();
  const appName = useAppName(step.app);
  const usedHere = new Map<string, number>();
  for (const other of walk(document.steps)) {
    const id = other.connection?.$connection;
    if (id && other.id !== step.id) usedHere.set(id, (usedHere.get(id) ?? 0) + 1);
  }
  return (
    <ConnectionField
      // An HTTP request without an app may go through any connection.
      app={step.app}
      appName={appName}
      value={step.connection?.$connection ?? null}
      usedHere={usedHere}
      optional={optional && !step.app}
      error={problems.find((problem) => problem.path === 'connection')?.message}
      returnTo={returnTo(step.id)}
      onLeaving={flush}
      onConnected={focusNextEmpty}
      onChange={(connection) =>
        setStep(step.id, (before) => {
          const rest = omit(before, 'connection');
          return connection ? { ...rest, connection: { $connection: connection.id } } : rest;
        })
      }
    />
  );
}
