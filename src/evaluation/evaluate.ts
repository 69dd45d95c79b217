// Evaluates a world on real video, from its tokenizer to its play: what `djinn evaluate` does, without files and terminal. It needs no
// labels: what they would be needed for is null, with a reason.

import type { Gpu } from '../gpu/gpu.ts'
import type { ActionModel, DynamicsModel, VideoTokenizer } from '../model/component_types.ts'
import { codebooksOf, codesPerFrame } from '../model/config.ts'
import type { World } from '../world/world.ts'
import { ActionGain } from './action_gain.ts'
import { ClipEncoder } from './clip_encoder.ts'
import type { EvalClips, JumpRecall } from './eval_clips.ts'
import { MaskedFrameLoss } from './masked_frame_loss.ts'
import { mean } from './metrics.ts'
import type { CharacterFinder } from './motion.ts'
import type { ContactSheet, Evaluation, Part, Reasons, ShowProgress } from './numbers.ts'
import { actionNumbers, Reconstruction } from './offline_metrics.ts'
import { actionConsistency, characterSurvival, heldFromClip, promptLength, rolloutFidelity } from './rollout_metrics.ts'

/** The components of a model; those that its folder lacks are absent. */
export interface LoadedModel {
  gpu: Gpu
  tokenizer: VideoTokenizer
  latentActionModel?: ActionModel
  dynamics?: DynamicsModel
  /** The same dynamics, playable. */
  world?: World
}

export interface EvaluationOptions {
  /** Clips played with inferred actions. Four times as many are encoded, half as many are prompts, a quarter are rolled out. */
  plays: number
  /** Whether to make contact sheets that no number needs. */
  wantsSheets: boolean
  show: ShowProgress
  /** Finds the character of the game that is evaluated, if there is such a program. */
  find?: CharacterFinder
  /** Of that game. */
  jumpRecall?: JumpRecall
}

export interface Evaluated {
  numbers: Evaluation
  reasons: Reasons
  sheets: Record<string, ContactSheet>
  /** Number of clips that were encoded, played with inferred actions, used as prompts, and rolled out. */
  clips: { watched: number; played: number; held: number; rolledOut: number }
}

/** Clips of which the latent action model's predictions are measured, with every action. */
const GAIN_CLIPS = 8

const ACTION_NUMBERS = [
  'actionsUsed',
  'codeShares',
  'bits',
  'gainOverMean',
  'gainOverCopy',
  'mutualInformation',
  'moveAccuracy',
  'keyAccuracy',
  'jumpRecall',
] as const
const FOLLOWED_NUMBERS = ['crossEntropy', 'playPsnr', 'playSsim', 'delta4', 'delta4Error'] as const
const PLAY_NUMBERS = ['consistency', 'swapEffect', 'actionFidelity', 'playerWhole', 'motion', 'rise'] as const

export async function evaluate(
  model: LoadedModel,
  data: EvalClips,
  { plays, wantsSheets, show, find, jumpRecall }: EvaluationOptions,
): Promise<Evaluated> {
  const { latentActionModel, dynamics, world } = model
  const clips = {
    watched: Math.min(4 * plays, data.clips),
    played: Math.min(plays, data.clips),
    held: Math.min(Math.max(Math.ceil(plays / 2), 2), data.clips),
    rolledOut: Math.min(Math.ceil(plays / 4), data.clips),
  }
  const { encoder, reconstruction, actions, gain, crossEntropy } = await encodeClips(model, data, clips.watched, show)
  const done: Pick<Part<never>, 'numbers' | 'reasons'>[] = [reconstruction]
  const sheets = { ...reconstruction.sheets }
  const add = (part: Part<never>) => {
    done.push(part)
    Object.assign(sheets, part.sheets)
  }
  const noActions = 'the model has no latent_action.safetensors'
  const noWorld = 'the model has no dynamics.safetensors'
  if (latentActionModel && actions) {
    done.push(actionNumbers(actions, data, latentActionModel.config.latent_action.actions, jumpRecall))
    const noPixels = 'this latent action model predicts no pixels'
    if (gain) done.push({ numbers: gain.result(), reasons: {} })
    else done.push(absent(['gainOverMean', 'gainOverCopy'], noPixels))
  } else done.push(absent(ACTION_NUMBERS, noActions))
  if (world && dynamics && actions) {
    done.push({ numbers: { crossEntropy }, reasons: {} })
    add(await rolloutFidelity(world, data, actions, clips.played, show))
  } else done.push(absent(FOLLOWED_NUMBERS, dynamics ? noActions : noWorld))
  if (world) {
    add(await actionConsistency(world, data, clips.held, { encoder, find, show }))
    add(await characterSurvival(world, data, clips.rolledOut, { find, show }))
    if (wantsSheets) sheets.keys = await heldFromClip(world, data, show)
  } else done.push(absent(PLAY_NUMBERS, noWorld))
  await model.gpu.throwPendingError()
  const numbers = Object.assign({}, ...done.map(part => part.numbers)) as Evaluation
  const reasons = Object.assign({}, ...done.map(part => part.reasons)) as Reasons
  return { numbers, reasons, sheets, clips }
}

/** Everything that needs clips encoded but nothing played. */
async function encodeClips(
  { gpu, tokenizer, latentActionModel, dynamics }: LoadedModel,
  data: EvalClips,
  clips: number,
  show: ShowProgress,
) {
  const { frame, tokenizer: sizes } = tokenizer.config
  const { length, character } = data
  const encoder = await ClipEncoder.create(gpu, tokenizer, latentActionModel, length)
  const gain = latentActionModel && (await ActionGain.create(gpu, latentActionModel, length))
  const sequence = Math.min(promptLength(length) + 1, dynamics?.windowFrames ?? Number.POSITIVE_INFINITY)
  const masked = dynamics && latentActionModel && (await MaskedFrameLoss.create(gpu, dynamics, sequence))
  const reconstruction = new Reconstruction(frame, sizes.codes, codebooksOf(sizes), length)
  const actions = new Int32Array(clips * (length - 1))
  const entropies: number[] = []
  const bar = show('encoding', clips, 'clips')
  for (let clip = 0; clip < clips; clip++) {
    const frames = await data.frames(clip, 0, length)
    const encoded = await encoder.encode(frames)
    const boxes = character?.subarray(4 * clip * length, 4 * (clip + 1) * length)
    reconstruction.add(frames, encoded.pixels, encoded.codes, boxes)
    if (encoded.actions) {
      actions.set(encoded.actions, clip * (length - 1))
      if (clip < GAIN_CLIPS) await gain?.add(frames, encoded.actions)
      if (masked) {
        const codes = encoded.codes.subarray(0, sequence * codesPerFrame(tokenizer.config))
        entropies.push(await masked.crossEntropy(codes, encoded.actions.subarray(0, sequence - 1)))
      }
    }
    bar.advance()
  }
  bar.stop()
  return {
    encoder,
    reconstruction: reconstruction.result(),
    actions: latentActionModel && actions,
    gain,
    crossEntropy: masked ? mean(entropies) : null,
  }
}

/** Numbers that cannot be measured, for one reason. */
function absent(names: readonly (keyof Evaluation)[], reason: string) {
  const all = <T>(value: T) => Object.fromEntries(names.map(name => [name, value]))
  return { numbers: all(null), reasons: all(reason) }
}
