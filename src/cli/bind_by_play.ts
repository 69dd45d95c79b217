// Binds keys to latent actions without labels, by playing every action, and writes keys and words into config.json. What was measured is
// kept in the world's folder until then: after a stop the same command measures the rest.

import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CodeEffect, measureEffects, type StartEffects } from '../evaluation/code_effects.ts'
import type { EvalClips } from '../evaluation/eval_clips.ts'
import { chooseKeys, wordsFor } from '../evaluation/key_choice.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { motionRank } from '../input/action_words.ts'
import { keySign } from '../input/key_names.ts'
import { fingerprint } from '../training/action_codes/saved_search.ts'
import { World } from '../world/world.ts'
import { writeKeys } from './config_keys.ts'
import { directorySource } from './model_files.ts'
import { showProgress } from './progress.ts'
import { table } from './table.ts'
import { writeWhole } from './whole_file.ts'

/**
 * Prints what every latent action does, and binds the keys that fit.
 * @param seconds about how long it may play
 * @returns the seconds that one starting point took, 0 if all were measured before
 */
export async function bindByPlay(gpu: Gpu, directory: string, clips: EvalClips, seconds?: number): Promise<number> {
  const path = join(directory, 'measured_actions.json')
  const weights = ['tokenizer', 'dynamics'].map(name => readFile(join(directory, `${name}.safetensors`)))
  const hash = createHash('sha256')
  for (const file of await Promise.all(weights)) hash.update(file)
  const subject = `${hash.digest('hex')} ${await fingerprint(clips)}`
  const kept = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined) // there is none, or it is damaged
  const starts: StartEffects[] = kept?.subject === subject ? kept.moments : []
  if (starts.length > 0) console.log(`${starts.length} starting points were measured before`)
  const world = await World.load(directorySource(directory), {
    device: gpu.device,
    precision: gpu.precision,
    tune: false,
  })
  const [before, began] = [starts.length, performance.now()]
  let effects: CodeEffect[]
  try {
    effects = await measureEffects(world, clips, showProgress, {
      starts,
      onStart: () => writeWhole(path, JSON.stringify({ subject, moments: starts })),
      seconds,
    })
  } finally {
    world.dispose()
  }
  const perStart = (performance.now() - began) / 1000 / Math.max(starts.length - before, 1)
  const keys = chooseKeys(effects)
  const names = (code: number) =>
    Object.entries(keys)
      .filter(([, action]) => action === code)
      .map(([key]) => (key === '' ? 'no key' : keySign(key)))
      .join(' ')
  const rank = ({ code, like = code }: CodeEffect) => motionRank(wordsFor(effects[like]!))
  const rows = effects
    .toSorted((a, b) => rank(a) - rank(b) || (a.like ?? a.code) - (b.like ?? b.code) || a.code - b.code)
    .map(effect => [
      `${effect.code}`,
      wordsFor(effect),
      `${Math.round(100 * effect.certainty)} %`,
      names(effect.code) || (effect.like === undefined ? unboundKey(effect.code) : `as ${effect.like}`),
    ])
  console.log(table(['latent action', 'what it does, a frame', `of ${starts.length} starting points`, 'key'], rows))
  const same = effects.filter(({ like }) => like !== undefined)
  if (same.length > 0)
    console.log(
      `${same.map(({ code, like }) => `${code} does the same as ${like}`).join(', ')}: they have no keys of their own`,
    )
  const file = await writeKeys(directory, { keys, actions: effects.map(wordsFor) })
  await rm(path, { force: true })
  console.log(`${file}: ${Object.keys(keys).length} keys bound`)
  return starts.length > before ? perStart : 0
}

/** The key of an action that the config binds to none: its digit. Above 9 there is none, but the pages have a button for it. */
const unboundKey = (action: number) => (action < 10 ? `digit ${action}` : 'none')
