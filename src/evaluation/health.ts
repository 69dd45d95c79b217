// The health of a world in training: whether codes or actions have collapsed, measured without labels on held-out clips.

import type { Gpu } from '../gpu/gpu.ts'
import { ActionInference } from '../model/action_inference.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import { LatentActionModel } from '../model/latent_action.ts'
import { Tokenizer } from '../model/tokenizer.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { World } from '../world/world.ts'
import { ActionGain } from './action_gain.ts'
import { ClipEncoder } from './clip_encoder.ts'
import type { EvalClips } from './eval_clips.ts'
import { mean } from './metrics.ts'
import { asShare, type Evaluation } from './numbers.ts'
import { codeStatistics } from './offline_metrics.ts'
import { actionConsistency } from './rollout_metrics.ts'

/** Clips of which latent actions are inferred, and from which every action is held. */
const [WATCHED, HELD] = [8, 2]
/** The share of a code from which on the codes have collapsed to it. */
const COLLAPSED = 0.9
/** Gains below this count as none, dB. */
const LEAST_GAIN = 0.1
/** Action fidelity below this many times chance, and swap effects below this, are bad. */
const [LEAST_FIDELITY, LEAST_SWAP] = [1.5, 0.2]

type LatentActionHealth = Pick<Evaluation, 'codeShares' | 'bits' | 'actionsUsed' | 'gainOverMean' | 'gainOverCopy'>
type DynamicsHealth = Pick<Evaluation, 'swapEffect' | 'actionFidelity'>
type Health = Partial<LatentActionHealth & DynamicsHealth>

/** The numbers of a component; and of a latent action model, the code whose transitions change the picture least. */
interface ComponentHealth {
  numbers: Health
  quietest?: number
}

/** Codes used and their shares, and what the chosen code gains over the mean of all codes and over a copy of the last frame. */
function latentActionHealth(
  gpu: Gpu,
  config: Config,
  source: ModelSource,
  clips: EvalClips,
  onProgress?: (share: number) => void,
): Promise<ComponentHealth> {
  return gpu.withScope(async scope => {
    const model = await LatentActionModel.load(scope, config, await source.open('latent_action.safetensors'))
    const encoder = await ActionInference.load(scope, config, file => source.open(file))
    const gain = await ActionGain.create(scope, model, clips.length)
    const { actions } = config.latent_action
    const codes: number[] = []
    const changes: number[][] = Array.from({ length: actions }, () => [])
    const watched = Math.min(WATCHED, clips.clips)
    for (let clip = 0; clip < watched; clip++) {
      const frames = await clips.frames(clip, 0, clips.length)
      const inferred = await encoder.infer(frames)
      codes.push(...inferred)
      const size = frames.length / clips.length
      for (const [t, code] of inferred.entries()) changes[code]!.push(meanChange(frames, t, size))
      if (clip < HELD) await gain?.add(frames, inferred)
      onProgress?.((clip + 1) / watched)
    }
    const change = changes.map(of => (of.length > 0 ? mean(of) : Infinity))
    const gains = gain?.result() ?? { gainOverMean: null, gainOverCopy: null }
    return {
      numbers: { ...codeStatistics(codes, actions), ...gains },
      quietest: change.indexOf(Math.min(...change)),
    }
  })
}

/** The mean absolute difference of frame t and the next one. @param size bytes of a frame */
function meanChange(frames: Uint8Array, t: number, size: number): number {
  let sum = 0
  for (let i = t * size; i < (t + 1) * size; i++) sum += Math.abs(frames[i]! - frames[i + size]!)
  return sum / size
}

/** How much the picture changes when the action is swapped, and whether generated frames follow the action. */
async function dynamicsHealth(
  gpu: Gpu,
  config: Config,
  source: ModelSource,
  clips: EvalClips,
  onProgress?: (share: number) => void,
): Promise<ComponentHealth> {
  const world = await World.load(source, { device: gpu.device, precision: gpu.precision, tune: false })
  try {
    return await gpu.withScope(async scope => {
      const model = await LatentActionModel.load(scope, config, await source.open('latent_action.safetensors'))
      const tokenizer = await Tokenizer.load(scope, config, await source.open('tokenizer.safetensors'))
      const encoder = await ClipEncoder.create(scope, tokenizer, model, clips.length)
      const show = asShare(share => onProgress?.(share))
      const prompts = Math.min(HELD, clips.clips)
      const { numbers } = await actionConsistency(world, clips, prompts, { encoder, find: undefined, show })
      const { swapEffect, actionFidelity } = numbers
      return { numbers: { swapEffect, actionFidelity } }
    })
  } finally {
    world.dispose()
  }
}

const MEASURES: { [name in ComponentName]?: typeof latentActionHealth | typeof dynamicsHealth } = {
  latent_action: latentActionHealth,
  dynamics: dynamicsHealth,
}

/** Whether health is measured of it. */
export const isMeasured = (component: ComponentName): boolean => component in MEASURES

export interface MeasuredHealth extends ComponentHealth {
  /** The numbers in one line. */
  text: string
  /** A sentence for each number that is bad. */
  advice: string[]
}

/** What a run does about codes that have collapsed. */
export interface Restarts {
  /** How often it has started over. */
  restarts: number
  /** Whether it does so now. */
  startsOver: boolean
}

/** The health of a component; undefined where nothing is measured of it. @param source its weights, and those it needs */
export async function measureHealth(
  component: ComponentName,
  gpu: Gpu,
  config: Config,
  source: ModelSource,
  clips: EvalClips,
  { onProgress, restarts }: { onProgress?: (share: number) => void; restarts?: Restarts } = {},
): Promise<MeasuredHealth | undefined> {
  const health = await MEASURES[component]?.(gpu, config, source, clips, onProgress)
  if (!health) return undefined
  const { numbers } = health
  return { ...health, text: healthText(numbers), advice: adviceOn(numbers, config.latent_action.actions, restarts) }
}

/** The code that the codes have collapsed to; undefined where they have not. */
export function collapsedCode(codeShares: readonly number[]): number | undefined {
  const most = Math.max(...codeShares)
  return most > COLLAPSED ? codeShares.indexOf(most) : undefined
}

/** A sentence for each number that is bad, with what to do. */
export function adviceOn(
  health: Health,
  actions: number,
  { restarts, startsOver }: Restarts = { restarts: 0, startsOver: false },
): string[] {
  const { codeShares, gainOverMean, swapEffect, actionFidelity } = health
  const advice: string[] = []
  const collapsed = codeShares ? collapsedCode(codeShares) : undefined
  if (codeShares && typeof collapsed === 'number') {
    const even = restarts > 0 ? `, even after ${restarts === 1 ? 'a restart' : `${restarts} restarts`}` : ''
    advice.push(
      `code ${collapsed} has ${Math.round(100 * codeShares[collapsed]!)} % of all transitions${startsOver ? '' : `${even}: record a video in which more happens`}`,
    )
  }
  if (typeof gainOverMean === 'number' && gainOverMean < LEAST_GAIN)
    advice.push(
      `the chosen code predicts the next frame no better than the mean of all codes (${gainOverMean.toFixed(2)} dB): train the latent actions longer, or with fewer actions`,
    )
  if (typeof swapEffect === 'number' && swapEffect < LEAST_SWAP)
    advice.push(
      `swapping the action changes the picture little (swap effect ${swapEffect.toFixed(2)}): keys will do little until the dynamics has trained longer`,
    )
  if (typeof actionFidelity === 'number' && actionFidelity < LEAST_FIDELITY / actions)
    advice.push(
      `generated frames do not follow the action that is asked for (action fidelity ${(100 * actionFidelity).toFixed(0)} %, chance ${(100 / actions).toFixed(0)} %): train the dynamics longer`,
    )
  return advice
}

function healthText(health: Health): string {
  const { codeShares, bits, gainOverMean, gainOverCopy, swapEffect, actionFidelity } = health
  const decibels = (value: number) => `${value.toFixed(2)} dB`
  return [
    codeShares && `codes ${codeShares.map(share => `${Math.round(100 * share)} %`).join(' ')}`,
    typeof bits === 'number' && `${bits.toFixed(2)} bit`,
    typeof gainOverMean === 'number' && `gain over the mean code ${decibels(gainOverMean)}`,
    typeof gainOverCopy === 'number' && `over copying ${decibels(gainOverCopy)}`,
    typeof swapEffect === 'number' && `swap effect ${swapEffect.toFixed(2)}`,
    typeof actionFidelity === 'number' && `action fidelity ${(100 * actionFidelity).toFixed(0)} %`,
  ]
    .filter(part => part)
    .join(', ')
}
