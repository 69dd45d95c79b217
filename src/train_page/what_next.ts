// Advice after a training failed, by its error.

import { GpuError } from '../gpu/errors.ts'
import { OtherSearch } from '../training/action_codes/saved_search.ts'
import { TrainingError } from '../training/step.ts'
import { FormatError } from '../weights/format_error.ts'

const START_OVER = 'if it fails again at the same place, start over. The video stays.'

export function whatNext(error: unknown): string {
  if (error instanceof GpuError && error.code === 'out-of-memory')
    return 'Close other tabs that use the graphics adapter and press “Resume”, or start over with a smaller size.'
  if (error instanceof TrainingError) return `Press “Resume” to train from the last checkpoint; ${START_OVER}`
  if (error instanceof OtherSearch)
    return 'Choose again the video that this training began with and press “Resume”, or press “Start over”.'
  if (error instanceof FormatError)
    return 'A file of this training is damaged. Press “Start over” to train from scratch; the video stays.'
  if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'NotReadableError'))
    return 'The stored video cannot be read: choose it again, then press “Resume”.'
  return `Press “Resume” to try again from the last checkpoint; ${START_OVER}`
}
