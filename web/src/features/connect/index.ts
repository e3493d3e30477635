/** What other features use to connect and reconnect accounts. */
export { NewConnectionDialog, type NewConnectionDialogProps } from './NewConnectionDialog';
export { ReconnectDialog, type ReconnectDialogProps } from './ReconnectDialog';
export { useConnectDialogs } from './dialogs';
export { useReturnedConnection } from './returned';
