// A component whose codes have collapsed is trained again with the next seed. The rule is the same in the terminal and in the tab.

/** How often, and the share of the component's length that such a training gets at the least. */
const [RESTARTS, LEAST_SHARE] = [2, 0.5]

/** One training of a component: the first, or one after codes had collapsed. */
export class Attempt {
  /** @param spent by the attempts before it */
  constructor(
    readonly seed: number,
    readonly restarts = 0,
    private readonly spent = { steps: 0, seconds: 0 },
  ) {}

  /**
   * The attempt that a checkpoint is of, or the one after it where the codes had collapsed.
   * @param seed where the checkpoint has none, as those of earlier versions
   */
  static of(checkpoint: Record<string, string> | undefined, seed: number): Attempt {
    const number = (field: string, missing = 0) => Number(checkpoint?.[field] ?? missing)
    const spent = { steps: number('spentSteps'), seconds: number('spentSeconds') }
    const attempt = new Attempt(number('seed', seed), number('restarts'), spent)
    return hasCollapsed(checkpoint) ? attempt.next(number('step'), number('seconds')) : attempt
  }

  get canRestart(): boolean {
    return this.restarts < RESTARTS
  }

  /** Its steps, of those that the component was given: what is left of them, but at least half. */
  stepsOf(given: number): number {
    return Math.ceil(left(given, this.spent.steps))
  }

  /** Its seconds, in the same way. */
  secondsOf(given: number): number {
    return left(given, this.spent.seconds)
  }

  /** The attempt after this one, which ended after these steps and seconds. */
  next(steps: number, seconds: number): Attempt {
    const { spent } = this
    return new Attempt(this.seed + 1, this.restarts + 1, {
      steps: spent.steps + steps,
      seconds: spent.seconds + seconds,
    })
  }

  /** What its checkpoints say of it. @param isCollapsed whether the next attempt follows */
  metadata(isCollapsed: boolean): Record<string, string> {
    const { seed, restarts, spent } = this
    const known = { seed, restarts, spentSteps: spent.steps, spentSeconds: spent.seconds }
    const texts = Object.fromEntries(Object.entries(known).map(([field, value]) => [field, `${value}`]))
    return isCollapsed ? { ...texts, collapsed: 'true' } : texts
  }
}

/** Whether the training that a checkpoint is of ended because its codes had collapsed. */
export const hasCollapsed = (checkpoint?: Record<string, string>): boolean => checkpoint?.collapsed === 'true'

const left = (given: number, spent: number) => Math.max(given - spent, LEAST_SHARE * given)
