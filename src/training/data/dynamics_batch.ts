// Batches of a dynamics: tokens and latent actions of windows, and the inputs that follow from them.

import type { Random } from '../random.ts'
import { type Clips, type ClipWindow, concatenated } from './clips.ts'
import type { UpstreamOutputs } from './upstream_outputs.ts'

/** The tokens [windows · T · S (· N)] of windows, and the action [windows · T] that led to each frame, of which a window's first is 0. */
export async function readUpstream(upstream: UpstreamOutputs, clips: Clips, windows: readonly ClipWindow[], T: number) {
  const [targets, actions]: [Int32Array<ArrayBuffer>[], Int32Array<ArrayBuffer>[]] = [[], []]
  for (const { clip, first } of windows) {
    const [tokens, ofClip] = await Promise.all([upstream.tokens(clip), upstream.actions(clip)])
    const S = tokens.length / clips.length
    targets.push(tokens.slice(first * S, (first + T) * S))
    actions.push(Int32Array.of(0, ...ofClip.subarray(first, first + T - 1)))
  }
  return { targets: concatenated(targets), actions: concatenated(actions) }
}

/** The share of actions that are null. */
const NULL_ACTIONS = 0.1

/** The actions into each frame of windows of T frames, some of them null (-1); always null for a window's first frame. */
export const someNull = (actions: Int32Array, T: number, random: Random): number[] =>
  Array.from(actions, (action, i) => (i % T === 0 || random.uniform() < NULL_ACTIONS ? -1 : action))

/**
 * The inputs that follow from true tokens i32 [n, N], from what the model reads where nothing is masked, from a mask of 0 and 1 [n] and from
 * the action into each frame (-1: none). The N tokens of a masked position become K, and the weights of the losses sum to 1.
 * @param asPlayed the frames come twice, finished and masked
 */
export function dynamicsBatch(
  targets: Int32Array<ArrayBuffer>,
  inputTokens: Int32Array<ArrayBuffer>,
  mask: Uint8Array,
  K: number,
  actionsInto: readonly number[],
  asPlayed: boolean,
) {
  const N = targets.length / mask.length
  const count = mask.reduce((sum, m) => sum + m, 0)
  const masked = inputTokens.map((token, i) => (mask[Math.floor(i / N)] ? K : token))
  return {
    targets,
    tokens: asPlayed ? concatenated([inputTokens, masked]) : masked,
    tokenWeights: Float32Array.from(mask, m => m / count),
    frameInfo: Int32Array.of(0, 0, ...actionsInto, ...(asPlayed ? actionsInto : [])),
  }
}
