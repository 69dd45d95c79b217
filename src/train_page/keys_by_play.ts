// The effect of each latent action, found by playing it once the dynamics is trained, and the keys that fit. The browser keeps what was
// measured, and after a reload only the rest is played.

import { measureEffects, type StartEffects } from '../evaluation/code_effects.ts'
import type { EvalClips } from '../evaluation/eval_clips.ts'
import { chooseKeys, wordsFor } from '../evaluation/key_choice.ts'
import { asShare } from '../evaluation/numbers.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { fingerprint } from '../training/action_codes/saved_search.ts'
import { MEASURED_ACTIONS, type Project } from '../ui/project.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { World } from '../world/world.ts'

/**
 * @param seconds about how long it may play
 * @returns keys for the actions of a world, and what each action does in words
 * @throws what World.load does
 */
export async function keysByPlay(
  gpu: Gpu,
  source: ModelSource,
  project: Project,
  clips: EvalClips,
  seconds: number,
  onProgress: (share: number) => void,
): Promise<{ keys: Record<string, number>; actions: string[] }> {
  const video = await fingerprint(clips)
  const text = await (await project.file(MEASURED_ACTIONS))?.text()
  const kept = text ? JSON.parse(text) : undefined
  const starts: StartEffects[] = kept?.video === video ? kept.moments : []
  const world = await World.load(source, { device: gpu.device, precision: gpu.precision, tune: false })
  try {
    const onStart = () => project.write(MEASURED_ACTIONS, JSON.stringify({ video, moments: starts }))
    const effects = await measureEffects(world, clips, asShare(onProgress), { starts, onStart, seconds })
    return { keys: chooseKeys(effects), actions: effects.map(wordsFor) }
  } finally {
    world.dispose()
  }
}
