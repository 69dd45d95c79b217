// Initial action weights of a dynamics that starts from another world: each latent action of the video begins as the action of that world
// that predicts its frames best.

import { ClipEncoder } from '../evaluation/clip_encoder.ts'
import { MaskedFrameLoss } from '../evaluation/masked_frame_loss.ts'
import { unitVectors } from '../model/codebook.ts'
import { type Config, codesPerFrame } from '../model/config.ts'
import { Dynamics } from '../model/dynamics.ts'
import { LatentActionModel } from '../model/latent_action.ts'
import { Tokenizer } from '../model/tokenizer.ts'
import type { InitialWeights } from '../training/init/initial_weights.ts'
import { toFloat32 } from '../weights/floats.ts'
import type { HostTensor } from '../weights/safetensors.ts'
import { configOf, type OtherWorld } from './other_world.ts'
import type { ActionClips } from './start_weights.ts'

/** Transitions of each action that are predicted, and clips in which they are looked for. */
const [EXAMPLES, CLIPS] = [3, 12]

/**
 * Sets action.weight so that every latent action does what an action of the other world does. An action that no clip has does what the
 * other world's first one does.
 * @param tensors of the other world's dynamics
 * @returns a sentence
 */
export async function adoptActions(
  m: InitialWeights,
  world: OtherWorld,
  tensors: ReadonlyMap<string, HostTensor>,
  config: Config,
  { gpu, clips, open }: ActionClips,
): Promise<string> {
  const other = await configOf(world)
  const { actions: A, code_width: C } = config.latent_action
  const count = other.latent_action.actions
  const best = await gpu.withScope(async gpu => {
    const tokenizer = await Tokenizer.load(gpu, config, await open('tokenizer.safetensors'))
    const model = await LatentActionModel.load(gpu, config, await open('latent_action.safetensors'))
    const encoder = await ClipEncoder.create(gpu, tokenizer, model, clips.length)
    const dynamics = await Dynamics.load(gpu, other, await world.open('dynamics.safetensors'))
    const loss = await MaskedFrameLoss.create(gpu, dynamics, 2)
    const size = codesPerFrame(config)
    const nats = Array.from({ length: A }, () => new Float64Array(count))
    const seen = new Int32Array(A)
    for (let clip = 0; clip < Math.min(CLIPS, clips.clips) && seen.some(n => n < EXAMPLES); clip++) {
      const { codes, actions } = await encoder.encode(await clips.frames(clip, 0, clips.length))
      for (const [t, action] of actions!.entries()) {
        if (seen[action]! >= EXAMPLES) continue
        seen[action]!++
        const pair = codes.slice(t * size, (t + 2) * size)
        for (let k = 0; k < count; k++) nats[action]![k]! += await loss.crossEntropy(pair, Int32Array.of(k))
      }
    }
    return nats.map(ofAction => ofAction.indexOf(Math.min(...ofAction)))
  })
  const read = (name: string) => toFloat32(tensors.get(name)!, name)
  const [given, theirs] = [read('action.weight'), unitVectors(read('action_codebook'), other.latent_action.code_width)]
  const own = unitVectors(m.get('action_codebook').values, C)
  const weight = m.get('action.weight').values.fill(0)
  const width = other.latent_action.code_width
  // Codes are orthogonal, so each finds its own column.
  for (const [action, k] of best.entries())
    for (let d = 0; d < weight.length / C; d++) {
      let effect = 0
      for (let c = 0; c < width; c++) effect += given[d * width + c]! * theirs[k * width + c]!
      for (let c = 0; c < C; c++) weight[d * C + c]! += effect * own[action * C + c]!
    }
  return `latent actions 0 … ${A - 1} begin as actions ${best.join(', ')} of ${world.name}`
}
