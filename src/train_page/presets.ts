// The presets of src/training/presets.ts, by the names that the page's files use.
export { CLIP_LENGTH, FRAME, PRESETS } from '../training/presets.ts'
