// The dialogs that a row of the list may open, as one file; see dialogs.ts.
export { DeleteDialog } from './DeleteDialog';
export { DestroyDialog } from './DestroyDialog';
export { UsageDialog } from './FlowUsage';
export { RenameDialog } from './RenameDialog';
export { ReplaceDialog } from './ReplaceDialog';
export { RevokeDialog } from './RevokeDialog';
export { TransferDialog } from './TransferDialog';
