/** What other features use of connections. */
export { useRestore } from './actions';
export { ConnectionStatusPill } from './ConnectionStatusPill';
export { useConnection, useConnectionChoices, useConnectionsById, useConnectionsChanged } from './queries';
export { shortReason } from './reasons';
export { identityLine, isBroken, statusView } from './status';
