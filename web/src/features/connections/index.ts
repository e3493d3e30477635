/** What other features use of connections. */
export { ConnectionStatusPill } from './ConnectionStatusPill';
export { useConnection, useConnections, useConnectionsChanged } from './queries';
export { identityLine, isBroken, shortReason, statusView } from './status';
