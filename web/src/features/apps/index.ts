/** What other features use of the catalog. */
export { AppIcon } from './AppIcon';
export { appQuery, appsQuery, useAppIndex } from './queries';
