// The page times steps as `djinn learn` does.

export { measureStepSeconds } from '../training/step_timing.ts'
