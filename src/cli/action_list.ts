// A list of actions as typed on the command line: `0,3,3,1`, with `3x10` for action 3 ten times.
import { UsageError } from './arguments.ts'

const MAX_ACTIONS = 100_000

/** @throws UsageError naming the range for an action that is not one of `count` */
export function actionList(pieces: readonly string[], count: number): number[] {
  const actions: number[] = []
  for (const item of pieces.flatMap(piece => piece.split(/[\s,]+/)).filter(item => item !== '')) {
    const [, action, times] = item.match(/^(\d+)(?:x(\d+))?$/) ?? []
    if (action === undefined)
      throw new UsageError(`--actions holds ${item}, expected latent actions 0 … ${count - 1} between commas, or 3x10`)
    if (Number(action) >= count)
      throw new UsageError(`--actions holds ${action}, this model has the actions 0 … ${count - 1}`)
    if (actions.length + Number(times ?? 1) > MAX_ACTIONS)
      throw new UsageError(`--actions is longer than ${MAX_ACTIONS}`)
    for (let i = 0; i < Number(times ?? 1); i++) actions.push(Number(action))
  }
  return actions
}
