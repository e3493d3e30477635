import { lazy } from 'react';

/** Loads the dialogs of a connection: called when one is about to be wanted, so that the list comes without them. */
export const loadConnectionDialogs = () => import('./dialogBundle');

export const DeleteDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).DeleteDialog }));
export const DestroyDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).DestroyDialog }));
export const UsageDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).UsageDialog }));
export const RenameDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).RenameDialog }));
export const ReplaceDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).ReplaceDialog }));
export const RevokeDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).RevokeDialog }));
export const TransferDialog = lazy(async () => ({ default: (await loadConnectionDialogs()).TransferDialog }));
