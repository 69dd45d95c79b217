// Finding keys by playing a world: what was measured is kept in its folder, so that the same command measures the rest after a stop.

import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bindByPlay } from '../../src/cli/bind_by_play.ts'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { openGpu } from '../../src/cli/open_gpu.ts'
import type { EvalClips } from '../../src/evaluation/eval_clips.ts'
import { ROOT, scratch } from './run.ts'

const FOLDER = scratch()
const gpu = await openGpu('f32').catch((error: Error) => {
  if (error.message.startsWith(NO_DRIVER)) return undefined
  throw error
})
afterAll(() => gpu?.dispose())

/** Clips of 32×32 pixels, whose prompts can be read so often. `told` has the clip of each prompt. */
function clipsFor(prompts: number, value = 0): EvalClips & { told: number[] } {
  const told: number[] = []
  return {
    clips: 30,
    length: 9,
    told,
    async frames(clip, first, count) {
      if (count > 1 && told.push(clip) > prompts) throw new Error('stopped')
      return Uint8Array.from({ length: count * 32 * 32 * 3 }, (_, i) => (value + 7 * clip + 31 * first + i * i) % 256)
    },
  }
}

test.runIf(gpu)(
  'starting points that were measured are not measured again, but for another video they are; without time there are three',
  async () => {
    const [whole, parts] = ['whole', 'parts'].map(name => {
      cpSync(join(ROOT, 'test/golden/tiny'), join(FOLDER, name), { recursive: true })
      return join(FOLDER, name)
    }) as [string, string]
    const config = (directory: string) => JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'))
    const kept = (directory: string) => existsSync(join(directory, 'measured_actions.json'))

    const all = clipsFor(12)
    await bindByPlay(gpu!, whole, all)
    expect(config(whole).actions).toHaveLength(config(whole).latent_action.actions)
    expect(kept(whole)).toBe(false)

    const first = clipsFor(5)
    await expect(bindByPlay(gpu!, parts, first)).rejects.toThrow('stopped')
    expect(kept(parts)).toBe(true)
    const rest = clipsFor(12)
    await bindByPlay(gpu!, parts, rest)
    expect(rest.told).toEqual(all.told.slice(5))
    expect(config(parts)).toEqual(config(whole))
    expect(kept(parts)).toBe(false)

    const hurried = clipsFor(12)
    await bindByPlay(gpu!, whole, hurried, 0)
    expect(hurried.told).toEqual([1, 13, 26])

    await expect(bindByPlay(gpu!, parts, clipsFor(5))).rejects.toThrow('stopped')
    const other = clipsFor(12, 1)
    await bindByPlay(gpu!, parts, other)
    expect(other.told).toEqual(all.told)
  },
)
