// A world measured on real video, from its tokenizer to its play: what `djinn evaluate` does, without files or a terminal.
import type { Gpu } from '../gpu/gpu.ts'
import type { ActionModel, DynamicsModel, VideoTokenizer } from '../model/components.ts'
import type { World } from '../world/world.ts'
import { ClipEncoder } from './clip_encoder.ts'
import type { EvalClips } from './eval_clips.ts'
import { MaskedFrameLoss } from './masked_frame_loss.ts'
import { mean } from './metrics.ts'
import type { ContactSheet, Evaluation, Part, Reasons, ShowProgress } from './numbers.ts'
import { actionNumbers, Reconstruction } from './offline_metrics.ts'
import { actionConsistency, characterSurvival, heldFromClip, promptLength, rolloutFidelity } from './rollout_metrics.ts'

/** The parts of a model; those that a folder lacks are absent. */
export interface LoadedModel {
  gpu: Gpu
  tokenizer: VideoTokenizer
  latentActionModel?: ActionModel
  dynamics?: DynamicsModel
  /** The same dynamics, playable. */
  world?: World
}

export interface Evaluated {
  numbers: Evaluation
  reasons: Reasons
  sheets: Record<string, ContactSheet>
  /** How many clips were watched, played with inferred actions, prompts to hold actions from, and rolled out. */
  clips: { watched: number; played: number; held: number; rolledOut: number }
}

const ACTION_NUMBERS = ['actionsUsed', 'mutualInformation', 'moveAccuracy', 'keyAccuracy', 'jumpRecall'] as const
const LED_NUMBERS = ['crossEntropy', 'playPsnr', 'playSsim', 'delta4', 'delta4Error'] as const
const PLAY_NUMBERS = ['consistency', 'playerWhole', 'motion', 'rise'] as const

/**
 * Measures everything that the parts and the labels allow; the rest is null, with the reason.
 * @param plays clips played with inferred actions; four times as many are watched, half as many are prompts to hold each
 *   action from, a quarter are rolled out
 * @param wantsSheets also plays what is for a picture alone
 */
export async function evaluate(
  parts: LoadedModel,
  footage: EvalClips,
  plays: number,
  wantsSheets: boolean,
  show: ShowProgress,
): Promise<Evaluated> {
  const { latentActionModel: actor, dynamics, world } = parts
  const clips = {
    watched: Math.min(4 * plays, footage.clips),
    played: Math.min(plays, footage.clips),
    held: Math.min(Math.max(Math.ceil(plays / 2), 2), footage.clips),
    rolledOut: Math.min(Math.ceil(plays / 4), footage.clips),
  }
  const { reconstruction, actions, crossEntropy } = await watch(parts, footage, clips.watched, show)
  const done: Pick<Part<never>, 'numbers' | 'reasons'>[] = [reconstruction]
  const sheets = { ...reconstruction.sheets }
  const add = (part: Part<never>) => {
    done.push(part)
    Object.assign(sheets, part.sheets)
  }
  const noActor = 'the model has no latent_action.safetensors'
  const noWorld = 'the model has no dynamics.safetensors'
  done.push(
    actor && actions
      ? actionNumbers(actions, footage, actor.config.latent_action.actions)
      : absent(ACTION_NUMBERS, noActor),
  )
  if (world && dynamics && actions) {
    done.push({ numbers: { crossEntropy }, reasons: {} })
    add(await rolloutFidelity(world, footage, actions, clips.played, show))
  } else done.push(absent(LED_NUMBERS, dynamics ? noActor : noWorld))
  if (world) {
    add(await actionConsistency(world, footage, clips.held, show))
    add(await characterSurvival(world, footage, clips.rolledOut, show))
    if (wantsSheets) sheets.keys = await heldFromClip(world, footage, show)
  } else done.push(absent(PLAY_NUMBERS, noWorld))
  await parts.gpu.throwPendingError()
  const numbers = Object.assign({}, ...done.map(part => part.numbers)) as Evaluation
  const reasons = Object.assign({}, ...done.map(part => part.reasons)) as Reasons
  return { numbers, reasons, sheets, clips }
}

async function watch(
  { gpu, tokenizer, latentActionModel: actor, dynamics }: LoadedModel,
  footage: EvalClips,
  clips: number,
  show: ShowProgress,
) {
  const { frame, tokenizer: sizes } = tokenizer.config
  const { length, player } = footage
  const watcher = await ClipEncoder.create(gpu, tokenizer, actor, length)
  const passage = Math.min(promptLength(length) + 1, dynamics?.windowFrames ?? Number.POSITIVE_INFINITY)
  const masked = dynamics && actor && (await MaskedFrameLoss.create(gpu, dynamics, passage))
  const reconstruction = new Reconstruction(frame, sizes.codes, length)
  const actions = new Int32Array(clips * (length - 1))
  const entropies: number[] = []
  const bar = show('watching', clips, 'clips')
  for (let clip = 0; clip < clips; clip++) {
    const frames = await footage.frames(clip, 0, length)
    const seen = await watcher.encode(frames)
    reconstruction.add(frames, seen.pixels, seen.codes, player?.subarray(4 * clip * length, 4 * (clip + 1) * length))
    if (seen.actions) actions.set(seen.actions, clip * (length - 1))
    if (masked && seen.actions) {
      const codes = seen.codes.subarray(0, passage * tokenizer.tokens)
      entropies.push(await masked.crossEntropy(codes, seen.actions.subarray(0, passage - 1)))
    }
    bar.advance()
  }
  bar.stop()
  return {
    reconstruction: reconstruction.result(),
    actions: actor && actions,
    crossEntropy: masked ? mean(entropies) : null,
  }
}

/** Numbers that cannot be had, for one reason. */
function absent(names: readonly (keyof Evaluation)[], reason: string) {
  const all = <T>(value: T) => Object.fromEntries(names.map(name => [name, value]))
  return { numbers: all(null), reasons: all(reason) }
}
