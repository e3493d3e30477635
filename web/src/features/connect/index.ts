/** What other features use to connect and reconnect accounts. */
export { NewConnectionDialog, useConnectDialogs } from './dialogs';
export { useReturnedConnection } from './returned';
