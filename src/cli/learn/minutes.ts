// The minutes of `djinn learn`: how they are divided, and how many of them the steps of a documented training take on this machine.

import { messageOf } from '../../gpu/errors.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import { COMPONENT_NAMES, type ComponentName } from '../../model/component_names.ts'
import { COMPONENTS } from '../../training/components.ts'
import {
  MEASURED_RUNS,
  MEASURED_SEARCH,
  MEASURED_TRAINING,
  secondsOfMeasuredRun,
} from '../../training/measured_runs.ts'
import { type ModelSize, PRESETS, presetConfig } from '../../training/presets.ts'
import { type StepSeconds, timeSteps } from '../../training/step_timing.ts'
import { roomFor } from '../check_memory.ts'
import { openGpu } from '../open_gpu.ts'
import type { Proposal } from './proposal.ts'

/** What binding and evaluation get, as a share of all minutes, and at most; seconds. */
const RESERVE = { share: 0.15, most: 240 }
export const reserveOf = (minutes: number): number => Math.min(RESERVE.share * 60 * minutes, RESERVE.most)
/** What each component gets of the seconds that are left when its turn comes, the search for codes included. */
export const SHARES: Record<ComponentName, (left: number) => number> = {
  tokenizer: left => 0.27 * left,
  latent_action: left => Math.min(0.45 * left, 120 + 0.25 * left),
  dynamics: left => left,
}

/** The fewest whole minutes in which each component gets so many seconds. */
export function minutesFor(seconds: Record<ComponentName, number>): number {
  for (let minutes = 1; ; minutes++) {
    let left = 60 * minutes - reserveOf(minutes)
    const isEnough = COMPONENT_NAMES.every(name => {
      const given = SHARES[name](left)
      left -= given
      return given >= seconds[name]
    })
    if (isEnough) return minutes
  }
}

/** Lines below the proposal. @param minutes those given */
export function minutesReasons(model: ModelSize, step: StepSeconds, minutes: number): string[] {
  const run = MEASURED_RUNS[model]
  const seconds = secondsOfMeasuredRun(model, step)
  const search = MEASURED_SEARCH.search + MEASURED_SEARCH.examples
  seconds.latent_action += search
  const each = (name: ComponentName) =>
    `${run[name].steps} of ${Number(step[name].toPrecision(2))} s (${run[name].quality})`
  return [
    `minutes ${minutes}: as asked for; about ${minutesFor(seconds)} on this machine for the steps of ${MEASURED_TRAINING[model]}`,
    `those steps: tokenizer ${each('tokenizer')}, latent actions ${each('latent_action')} after ${search / 60} min of search, dynamics ${each('dynamics')}`,
  ]
}

/**
 * Times training steps for those lines. None where a step does not fit into memory.
 * @returns a Gpu to go on with, too: after an error another one, since buffers of this one may have no memory
 */
export async function timedReasons(
  gpu: Gpu,
  proposal: Proposal,
  minutes: number,
  onProgress: (share: number) => void,
): Promise<{ gpu: Gpu; reasons: string[] }> {
  try {
    return { gpu, reasons: await reasonsBy(gpu, proposal, minutes, onProgress) }
  } catch (error) {
    gpu.dispose()
    const reasons = [`minutes ${minutes}: as asked for; training steps could not be timed: ${messageOf(error)}`]
    return { gpu: await openGpu('f32'), reasons }
  }
}

async function reasonsBy(
  gpu: Gpu,
  { model, size, rate, codes }: Proposal,
  minutes: number,
  onProgress: (share: number) => void,
): Promise<string[]> {
  const config = presetConfig(model, { frame: { ...size, rate }, codes })
  const batches = { ...PRESETS[model].batches }
  for (const component of COMPONENTS) {
    const { most } = await roomFor(gpu, component, config, batches[component.name])
    if (most === 0) return []
    batches[component.name] = { ...batches[component.name], clips: most }
  }
  return minutesReasons(model, await timeSteps(gpu, config, batches, onProgress), minutes)
}
