// The study of the paper's Figure 15 (§3.3), for the arcade: how many levels an agent solves that was cloned from latent actions and
// then told by N labelled samples which key each of them is; beside an oracle that was cloned from the keys, and play by chance.

import { majorityLabel } from '../../src/evaluation/best_map.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import type { ActionEncoder } from '../../src/model/action_inference.ts'
import type { Config } from '../../src/model/config.ts'
import type { PrincipalComponents } from '../../src/training/init/pca.ts'
import { Random } from '../../src/training/random.ts'
import { bytesSource, type HostTensor, hostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import type { Clip } from '../clips.ts'
import { expertAction, expertClip } from '../expert.ts'
import { ACTIONS, Game } from '../game.ts'
import { createLevel } from '../level.ts'
import { clone, patchPca } from './cloning.ts'
import { type Choose, type Outcome, runEpisodes } from './episodes.ts'
import { observe, Policy, policyConfig } from './policy.ts'

/** The palette of all levels, as in the paper's easy setting: an agent learns from minutes of play, not from hours. */
const THEME = 'meadow'
/** Frames of an expert's clip. */
export const LENGTH = 17
/** Numbers of labelled samples, as far as there are so many. */
const SAMPLES = [1, 3, 10, 30, 100, 300, 1000] as const
/** Levels are played from this column to the flag, 32 tiles on: 64 frames, for who never stops; so many are allowed. */
const [START, LIMIT] = [90, 150]
/** Apart from the seeds of clips and of the world's training. */
const LEVELS_FROM = 3_000_000
const GAMES = 48
const BATCH = 64

export interface StudyOptions {
  clips: number
  levels: number
  steps: number
  seeds: number
  /** The first of them. */
  seed: number
}

/** What one seed came to: levels solved. */
export interface Row {
  seed: number
  oracle: number
  random: number
  /** By number of labelled samples. */
  latent: Record<number, number>
  /** The key of every latent action, by the most samples. */
  keys: string[]
  /** How the levels that were not solved ended. */
  outcomes: Record<string, Record<Outcome, number>>
}

export interface StudyResult extends StudyOptions {
  labels: number
  /** Numbers of labelled samples. */
  samples: number[]
  /** Share of the labels whose latent action means, by the best map from all of them, the key that was pressed. */
  agreement: number
  expert: number
  rows: Row[]
}

/** Where latent actions and policies are kept, by name, so that a study that was stopped goes on. */
export interface ArtifactStore {
  /** @param settings what it was made by: kept things that were made by others are not taken */
  load(name: string, settings: object): Promise<Record<string, HostTensor> | undefined>
  save(name: string, settings: object, tensors: Record<string, HostTensor>): Promise<void>
}

/**
 * Makes the clips, trains what is not kept yet, and plays.
 * @param say hears a line now and then
 * @param onSeed hears after every seed what has come of the study so far
 */
export async function study(
  gpu: Gpu,
  world: Config,
  reader: ActionEncoder,
  options: StudyOptions,
  kept: ArtifactStore,
  say: (line: string) => void,
  onSeed: (result: StudyResult) => Promise<void>,
): Promise<StudyResult> {
  const { clips, levels, seeds, seed: first } = options
  const { actions } = world.latent_action
  const config = policyConfig(actions)
  const recorded = Array.from({ length: clips }, (_, i) => expertClip(first, i, LENGTH, THEME))
  const made = { model: world.name, clips, first }
  const latents = await latentsOf(recorded, reader, kept, made)
  const frames = recorded.map(clip => observe(config, clip.frames))
  const [keys, codes] = [flat(recorded.map(clip => clip.actions)), flat(latents)]
  const everything = Array.from(codes.keys())
  const best = majorityLabel(codes, keys, everything, actions)
  const agreement = everything.filter(i => best[codes[i]!] === keys[i]).length / codes.length
  say(`${clips} clips of the expert, ${codes.length} labels: ${percent(agreement)} of latent actions tell the key`)
  const tests = levelSeeds(levels)
  const expert = tests.filter(solvesByExpert).length
  say(`the expert solves ${expert} of ${levels} levels`)

  let components: PrincipalComponents | undefined
  const policyOf = async (kind: string, seed: number, actions: number, labels: readonly Int32Array[]) => {
    const config = policyConfig(actions)
    const name = `policy-${kind}-${seed}`
    const settings = { ...made, ...config, steps: options.steps }
    let tensors = await kept.load(name, settings)
    if (!tensors) {
      components ??= patchPca(config, frames, first)
      tensors = await clone(gpu, config, { frames, actions: labels }, components, {
        batch: BATCH,
        seed,
        progress: step => step / options.steps,
        onReport(step, { loss, terms }) {
          if (step % 100 === 0)
            say(`${name}: step ${step}, loss ${loss.toFixed(3)}, accuracy ${percent(terms.actionAccuracy!)}`)
        },
      })
      await kept.save(name, settings, tensors)
    }
    return Policy.load(gpu, config, bytesSource(name, joined(writeSafetensors(tensors))), GAMES)
  }
  const play = async (choose: Choose, maps: readonly (readonly number[])[]): Promise<Record<Outcome, number>[]> => {
    const episodes = maps.flatMap(keys => tests.map(seed => ({ seed, start: START, keys })))
    const outcomes = await runEpisodes(episodes, config, choose, { games: GAMES, limit: LIMIT })
    return maps.map((_, m) => tally(outcomes.slice(m * levels, (m + 1) * levels)))
  }

  const samples = SAMPLES.filter(n => n <= codes.length)
  const rows: Row[] = []
  const result: StudyResult = { ...options, labels: codes.length, samples, agreement, expert, rows }
  for (let seed = first; seed < first + seeds; seed++) {
    const chance = new Random(seed, 3)
    const [random] = await play(async () => Array.from({ length: GAMES }, () => chance.integer(ACTIONS.length)), [OWN])
    const oracle = await policyOf(
      'oracle',
      seed,
      ACTIONS.length,
      recorded.map(clip => clip.actions),
    )
    const [oracles] = await play(frames => oracle.choose(frames), [OWN])
    const order = shuffled(codes.length, new Random(seed, 4))
    const maps = samples.map(n => majorityLabel(codes, keys, order.slice(0, n), actions))
    // Most of them are one and the same, and the policy does the same with it.
    const different = [...new Map(maps.map(map => [map.join(), map])).values()]
    const latent = await policyOf('latent', seed, actions, latents)
    const found = await play(frames => latent.choose(frames), different)
    const of = (map: number[]) => found[different.findIndex(other => other.join() === map.join())]!
    const row: Row = {
      seed,
      oracle: oracles!.solved,
      random: random!.solved,
      latent: Object.fromEntries(samples.map((n, i) => [n, of(maps[i]!).solved])),
      keys: maps.at(-1)!.map(key => ACTIONS[key]!),
      outcomes: { oracle: oracles!, random: random!, latent: of(maps.at(-1)!) },
    }
    rows.push(row)
    const some = samples.map((n, i) => `${of(maps[i]!).solved} with ${n}`).join(', ')
    say(`seed ${seed}: of ${levels} levels, oracle ${row.oracle}, random ${row.random}, latent ${some} samples`)
    await onSeed({ ...result, seeds: rows.length })
  }
  return result
}

/** Of a policy whose actions are keys. */
const OWN = ACTIONS.map((_, key) => key)

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** The latent actions of clips; read once. */
async function latentsOf(
  clips: readonly Clip[],
  reader: ActionEncoder,
  kept: ArtifactStore,
  made: object,
): Promise<Int32Array[]> {
  const before = (await kept.load('latents', made))?.actions
  if (before) {
    const all = new Int32Array(before.data.slice().buffer)
    return clips.map((_, i) => all.subarray(i * (LENGTH - 1), (i + 1) * (LENGTH - 1)))
  }
  const found: Int32Array[] = []
  for (const { frames } of clips) found.push(await reader.infer(frames))
  await kept.save('latents', made, { actions: hostTensor(flat(found), [clips.length, LENGTH - 1]) })
  return found
}

/** Of levels that no clip was recorded in. */
function levelSeeds(count: number): number[] {
  const seeds: number[] = []
  for (let seed = LEVELS_FROM; seeds.length < count; seed++)
    if (createLevel(seed).theme.name === THEME) seeds.push(seed)
  return seeds
}

function tally(outcomes: readonly Outcome[]): Record<Outcome, number> {
  const times = { solved: 0, died: 0, late: 0 }
  for (const outcome of outcomes) times[outcome]++
  return times
}

function solvesByExpert(seed: number): boolean {
  const game = new Game(seed, { start: START })
  const { level } = game
  for (let t = 0; t < LIMIT && game.level === level && game.deaths === 0; t++) game.step(expertAction(game) ?? 0)
  return game.level !== level && game.deaths === 0
}

function flat(parts: readonly Int32Array[]): Int32Array {
  return Int32Array.from(parts.flatMap(part => [...part]))
}

/** 0 … count − 1, by chance. */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
