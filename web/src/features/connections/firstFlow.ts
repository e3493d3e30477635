import type { App, Connection } from '@/api/types';

/** The body of `POST /flows` for a flow that tries a connection. */
export interface FirstFlow {
  name: string;
  draft: { schema: 1; trigger: { kind: 'manual' }; steps: unknown[] };
}

/**
 * A flow to begin with: started by hand, one step through the connection. The step is the app's first action that
 * asks for nothing (else its first action, whose fields are then to be filled in), or a plain request where the app
 * describes no action.
 */
export function firstFlow(connection: Pick<Connection, 'id' | 'name' | 'app'>, app: Pick<App, 'actions'>): FirstFlow {
  const action = app.actions.find((each) => (each.input.required ?? []).length === 0) ?? app.actions[0];
  const through = { connection: { $connection: connection.id } };
  return {
    name: `Try ${connection.name}`.slice(0, 100),
    draft: {
      schema: 1,
      trigger: { kind: 'manual' },
      steps: [
        action
          ? { id: action.key, name: action.title, kind: 'action', app: connection.app, action: action.key, ...through, input: {} }
          : { id: 'http', kind: 'http', ...through, input: { method: 'GET', url: '/' } },
      ],
    },
  };
}
