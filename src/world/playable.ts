// Checks and helpers that World and RemoteWorld share.

import { ArgumentError, GpuError } from '../gpu/errors.ts'
import { actionForKeys } from '../input/key_bindings.ts'
import { type Config, checkSampling } from '../model/config.ts'
import { printable } from '../weights/printable.ts'
import type { Prompt } from './prompt.ts'
import type { Recording, Sampling } from './recording.ts'

/** What World and RemoteWorld have in common. */
interface AnyWorld {
  readonly config: Config
  readonly actions: number
  readonly frame: number
  sampling: Sampling
  readonly ready: Promise<void>
  prompt(prompt: Prompt): Promise<void>
  step(action: number): boolean
}

/** Messages of errors that both throw. */
export const DISPOSED = 'the world has been disposed of'
export const PROMPTING = 'a prompt is being encoded: await it first'
export const NO_SNAPSHOT = 'this snapshot is of another world, or has been disposed of'

/**
 * The latent action bound to keys held together: see `World.actionFor`.
 * @throws ArgumentError when the model binds none of them
 */
export function actionFor({ keys: table = {} }: Config, held: readonly string[]): number {
  const action = actionForKeys(table, held)
  if (action !== undefined) return action
  const bound = Object.keys(table).join(', ') || 'none'
  throw new ArgumentError(`this world does not bind the key ${JSON.stringify(held.join('+'))}; it binds ${bound}`)
}

/** @throws ArgumentError when the action or a sampling setting is out of range, GpuError before a prompt */
export function checkStep({ actions, frame, sampling }: AnyWorld, action: number): void {
  if (!Number.isInteger(action) || action < 0 || action >= actions)
    throw new ArgumentError(`action ${action} is out of range: this world has the latent actions 0 … ${actions - 1}`)
  if (frame === 0) throw new GpuError('the world has no prompt yet: await prompt() before the first step', 'not-ready')
  const { seed } = sampling
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new ArgumentError(`sampling.seed is ${seed}, expected a whole number of 0 … 2³²-1`)
  checkSampling(sampling, 'sampling')
}

/** Plays a recording again: see `World.replay`. */
export async function replayOn(
  world: AnyWorld,
  { model, codes, prompt, pictures, played }: Recording,
  onFrame?: () => void,
): Promise<void> {
  const { name, tokenizer } = world.config
  if (model !== name || codes !== tokenizer.codes)
    throw new ArgumentError(
      `the recording is of ${printable(model, 80)} with ${codes} codes, this world is ${name} with ${tokenizer.codes}`,
    )
  await world.prompt(pictures ?? prompt)
  for (const { sampling, actions } of played) {
    world.sampling = { ...sampling }
    for (const action of actions) {
      do await world.ready
      while (!world.step(action))
      onFrame?.()
    }
  }
}
