// When the health of a component in training is measured, and whether the training then starts over. The rule is the same in the terminal
// and in the tab.

import type { ComponentName } from '../model/component_names.ts'
import { collapsedCode, isMeasured, type MeasuredHealth, type Restarts } from './health.ts'

/** Health is measured after at least this many seconds of training, and this many times the duration of a measurement. */
const [HEALTH_SECONDS, TRAINING_PER_HEALTH] = [60, 20]

export class HealthWatch {
  /** Whether the codes have collapsed, and another attempt follows. */
  startsOver = false
  /** When health is next measured, ms. */
  private due: number

  /**
   * @param isWarmingUp whether the learning rate still rises at a step
   * @param now a clock in ms
   */
  constructor(
    private readonly component: ComponentName,
    private readonly attempt: { restarts: number; canRestart: boolean },
    private readonly isWarmingUp: (step: number, progress: number) => boolean,
    private readonly now = () => performance.now(),
  ) {
    this.due = now() + 1000 * HEALTH_SECONDS
  }

  /** Measures health after a step, if that is due. @param progress of the training after the step; at 1 it ends, and does not start over */
  async afterStep<Measured extends Pick<MeasuredHealth, 'numbers'>>(
    step: number,
    progress: number,
    measure: (restarts: Restarts) => Promise<Measured | undefined>,
  ): Promise<Measured | undefined> {
    const began = this.now()
    // Steps of the warm-up undo the encoder's initial weights, and its codes collapse for a while.
    if (!isMeasured(this.component) || progress >= 1 || began < this.due) return undefined
    if (this.isWarmingUp(step, progress)) return undefined
    const { restarts, canRestart } = this.attempt
    const health = await measure({ restarts, startsOver: canRestart })
    this.startsOver = canRestart && collapsedCode(health?.numbers.codeShares ?? []) !== undefined
    const ended = this.now()
    this.due = ended + Math.max(1000 * HEALTH_SECONDS, TRAINING_PER_HEALTH * (ended - began))
    return health
  }
}
