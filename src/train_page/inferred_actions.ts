// The latent actions of all clips, by the trained latent action model. The browser keeps those that are known, and after a reload only the
// rest are inferred.

import type { Gpu } from '../gpu/gpu.ts'
import { ActionInference } from '../model/action_inference.ts'
import type { Config } from '../model/config.ts'
import { fingerprint } from '../training/action_codes/saved_search.ts'
import { concatenated } from '../training/data/clips.ts'
import type { Project } from '../ui/project.ts'
import { hostTensor } from '../weights/safetensors.ts'
import type { PausableClips } from './pausable_clips.ts'

const SAVE_SECONDS = 5

/** i32 [T − 1] of each clip. Those of another video do not count. @throws FormatError as loadWeights does */
export async function inferActions(
  gpu: Gpu,
  config: Config,
  project: Project,
  clips: PausableClips,
  onProgress: (share: number) => void,
): Promise<Int32Array[]> {
  const [store, transitions, video] = [project.inferredStore, clips.length - 1, await fingerprint(clips)]
  const kept = await store.read()
  const bytes = kept?.metadata.video === video ? kept.tensors.get('actions')?.data.slice() : undefined
  const codes = new Int32Array(bytes?.buffer ?? [])
  const known = Array.from({ length: codes.length / transitions }, (_, clip) =>
    codes.subarray(clip * transitions, (clip + 1) * transitions),
  )
  if (known.length >= clips.clips) return known
  await gpu.withScope(async gpu => {
    const encoder = await ActionInference.load(gpu, config, project.source().open, clips.length)
    let saved = performance.now()
    while (known.length < clips.clips) {
      known.push(await encoder.infer(await clips.frames(known.length, 0, clips.length)))
      onProgress(known.length / clips.clips)
      // While it is paused, the tab may be closed.
      const isDue = performance.now() - saved > 1000 * SAVE_SECONDS
      if (!isDue && !clips.isPaused && known.length < clips.clips) continue
      await store.write({ actions: hostTensor(concatenated(known), [known.length, transitions]) }, { video })
      saved = performance.now()
    }
  })
  return known
}
