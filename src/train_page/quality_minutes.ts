// The line below the minutes: about how many of them a documented training takes on this machine, and to what quality it led.

import { messageOf } from '../gpu/errors.ts'
import { MEASURED_RUNS, MEASURED_SEARCH, MEASURED_TRAINING, secondsOfMeasuredRun } from '../training/measured_runs.ts'
import type { ModelSize, VideoShape } from '../training/presets.ts'
import type { StepSeconds } from '../training/step_timing.ts'
import { duration } from '../ui/format.ts'

export function minutesSentence(size: ModelSize, step: StepSeconds): string {
  const run = MEASURED_RUNS[size]
  const seconds = secondsOfMeasuredRun(size, step)
  // The search for codes gets as many minutes as the latent actions.
  const latentActions = Math.max(seconds.latent_action, MEASURED_SEARCH.search)
  const each = [
    `tokenizer ${duration(seconds.tokenizer)} (${run.tokenizer.quality})`,
    `latent actions ${duration(latentActions)} (${run.latent_action.quality})`,
    `dynamics ${duration(seconds.dynamics)} (${run.dynamics.quality})`,
  ]
  return `The steps of ${MEASURED_TRAINING[size]} take here: ${each.join(', ')}. Other videos differ.`
}

export class QualityMinutes {
  /** What is shown or being timed. */
  private key = ''

  constructor(
    private readonly line: HTMLElement,
    private readonly stepSeconds: (size: ModelSize, video: VideoShape) => Promise<StepSeconds | undefined>,
  ) {}

  hide(): void {
    this.say('', '')
  }

  /** Times the steps of a size, unless that was done last. */
  async show(size: ModelSize, { frame, codes }: VideoShape): Promise<void> {
    const key = JSON.stringify([size, frame, codes])
    if (this.key === key) return
    this.say(key, 'Timing a training step of each component…')
    const text = await this.stepSeconds(size, { frame, ...(codes !== undefined && { codes }) }).then(
      seconds => seconds && minutesSentence(size, seconds),
      error => `A training step could not be timed: ${messageOf(error)}`,
    )
    if (this.key === key && text !== undefined) this.say(key, text)
  }

  private say(key: string, text: string): void {
    this.key = key
    this.line.textContent = text
  }
}
