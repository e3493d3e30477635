// What the builder shows when asked for it, as one file; see Builder.tsx.
export { PublishDialog } from './PublishDialog';
export { SidePanel } from './SidePanel';
export { StepPicker } from './StepPicker';
