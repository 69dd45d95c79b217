// The study of the paper's Figure 15 (§3.3) on the arcade. An agent is cloned from latent actions, and N labelled samples tell which key
// each latent action is. The study counts the levels that it solves, beside an oracle cloned from the keys, and random play.

import { majorityLabel } from '../../src/evaluation/best_map.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import type { ActionInference } from '../../src/model/action_inference.ts'
import type { Config } from '../../src/model/config.ts'
import type { PrincipalComponents } from '../../src/training/init/pca.ts'
import { Random } from '../../src/training/random.ts'
import { bytesSource, type HostTensor, hostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import type { Clip } from '../clips.ts'
import { ACTIONS, Game } from '../game/game.ts'
import { createLevel } from '../game/level.ts'
import { expertAction, expertClip } from '../policies/expert.ts'
import { clone, patchPca } from './cloning.ts'
import { type Choose, type Outcome, runEpisodes } from './episodes.ts'
import { observe, Policy, policyConfig } from './policy.ts'

/** All levels have one palette, as in the paper's easy setting, so that minutes of play are enough to train an agent. */
const THEME = 'meadow'
/** Frames of an expert's clip. */
export const LENGTH = 17
/** Numbers of labelled samples; those beyond the recorded actions are left out. */
const SAMPLES = [1, 3, 10, 30, 100, 300, 1000] as const
/** An episode starts at this column, 32 tiles before the flag (64 frames without a stop), and ends after this many frames. */
const [START, LIMIT] = [90, 150]
/** Level seeds that neither the clips nor the world's training use. */
const LEVELS_FROM = 3_000_000
const GAMES = 48
const BATCH = 64

interface StudyOptions {
  clips: number
  levels: number
  steps: number
  seeds: number
  /** The first seed. */
  seed: number
}

/** Levels solved with one seed. */
interface SeedResult {
  seed: number
  oracle: number
  random: number
  /** By number of labelled samples. */
  latent: Record<number, number>
  /** The key of every latent action, by the most samples. */
  keys: string[]
  /** How the levels ended. */
  outcomes: Record<string, Record<Outcome, number>>
}

export interface StudyResult extends StudyOptions {
  labels: number
  /** Numbers of labelled samples. */
  samples: number[]
  /** The share of actions whose latent action is mapped to the pressed key by the best map from all of them. */
  agreement: number
  expert: number
  rows: SeedResult[]
}

/** Keeps latent actions and policies by name, so that a study can be resumed. */
export interface ArtifactStore {
  /** @param settings those it was made with; one made with others is not returned */
  load(name: string, settings: object): Promise<Record<string, HostTensor> | undefined>
  save(name: string, settings: object, tensors: Record<string, HostTensor>): Promise<void>
}

/**
 * Records the clips, trains the policies that are not kept yet, and plays the levels.
 * @param log receives lines of progress
 * @param onSeed receives the results so far after every seed
 */
export async function study(
  gpu: Gpu,
  world: Config,
  encoder: ActionInference,
  options: StudyOptions,
  kept: ArtifactStore,
  log: (line: string) => void,
  onSeed: (result: StudyResult) => Promise<void>,
): Promise<StudyResult> {
  const { clips, levels, seeds, seed: first } = options
  const { actions } = world.latent_action
  const config = policyConfig(actions)
  const recorded = Array.from({ length: clips }, (_, i) => expertClip(first, i, LENGTH, THEME))
  const made = { model: world.name, clips, first }
  const latents = await latentsOf(recorded, encoder, kept, made)
  const frames = recorded.map(clip => observe(config, clip.frames))
  const [keys, codes] = [flat(recorded.map(clip => clip.keys)), flat(latents)]
  const everything = Array.from(codes.keys())
  const best = majorityLabel(codes, keys, everything, actions)
  const agreement = everything.filter(i => best[codes[i]!] === keys[i]).length / codes.length
  log(`${clips} clips of the expert, ${codes.length} labels: ${percent(agreement)} of latent actions tell the key`)
  const tests = levelSeeds(levels)
  const expert = tests.filter(solvesByExpert).length
  log(`the expert solves ${expert} of ${levels} levels`)

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
            log(`${name}: step ${step}, loss ${loss.toFixed(3)}, accuracy ${percent(terms.actionAccuracy!)}`)
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
  const rows: SeedResult[] = []
  const result: StudyResult = { ...options, labels: codes.length, samples, agreement, expert, rows }
  for (let seed = first; seed < first + seeds; seed++) {
    const chance = new Random(seed, 3)
    const [random] = await play(async () => Array.from({ length: GAMES }, () => chance.integer(ACTIONS.length)), [OWN])
    const oracle = await policyOf(
      'oracle',
      seed,
      ACTIONS.length,
      recorded.map(clip => clip.keys),
    )
    const [oracles] = await play(frames => oracle.choose(frames), [OWN])
    const order = shuffled(codes.length, new Random(seed, 4))
    const maps = samples.map(n => majorityLabel(codes, keys, order.slice(0, n), actions))
    // Most maps are equal, and the policy then plays the same episodes.
    const different = [...new Map(maps.map(map => [map.join(), map])).values()]
    const latent = await policyOf('latent', seed, actions, latents)
    const found = await play(frames => latent.choose(frames), different)
    const of = (map: number[]) => found[different.findIndex(other => other.join() === map.join())]!
    const row: SeedResult = {
      seed,
      oracle: oracles!.solved,
      random: random!.solved,
      latent: Object.fromEntries(samples.map((n, i) => [n, of(maps[i]!).solved])),
      keys: maps.at(-1)!.map(key => ACTIONS[key]!),
      outcomes: { oracle: oracles!, random: random!, latent: of(maps.at(-1)!) },
    }
    rows.push(row)
    const some = samples.map((n, i) => `${of(maps[i]!).solved} with ${n}`).join(', ')
    log(`seed ${seed}: of ${levels} levels, oracle ${row.oracle}, random ${row.random}, latent ${some} samples`)
    await onSeed({ ...result, seeds: rows.length })
  }
  return result
}

/** The map of a policy whose actions are keys. */
const OWN = ACTIONS.map((_, key) => key)

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** The latent actions of clips, inferred once and then kept. */
async function latentsOf(
  clips: readonly Clip[],
  encoder: ActionInference,
  kept: ArtifactStore,
  made: object,
): Promise<Int32Array[]> {
  const before = (await kept.load('latents', made))?.actions
  if (before) {
    const all = new Int32Array(before.data.slice().buffer)
    return clips.map((_, i) => all.subarray(i * (LENGTH - 1), (i + 1) * (LENGTH - 1)))
  }
  const found: Int32Array[] = []
  for (const { frames } of clips) found.push(await encoder.infer(frames))
  await kept.save('latents', made, { actions: hostTensor(flat(found), [clips.length, LENGTH - 1]) })
  return found
}

/** Seeds of levels in which no clip was recorded. */
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

/** 0 … count − 1 in random order. */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
