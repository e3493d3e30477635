/** What the router loads on demand for runs. */
export { RunListPage } from './RunListPage';
export { RunPage } from './RunPage';
