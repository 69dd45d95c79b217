// What can only be measured by playing: frames led by the actions that truly happened, against the truth; each action held
// from many prompts; and long roll-outs under keys pressed by chance.

import { findPlayers } from '../../arcade/evaluation/character_finder.ts'
import { Random } from '../../arcade/random.ts'
import type { World } from '../world/world.ts'
import type { EvalClips } from './eval_clips.ts'
import { mean, psnr, squaredError, standardError, unitValues } from './metrics.ts'
import { consistencyOf, motionOf } from './motion.ts'
import type { ContactSheet, Part, ShowProgress } from './numbers.ts'
import { type Picture, promptWith, rollOut, rollOutHeld } from './rollout.ts'
import { ssim } from './ssim.ts'

const PROMPT = 8 // frames, at most
const AHEAD = 16 // frames played with inferred actions
const DELTA = 4 // which of them is compared with random actions
const HELD = 4 // frames each action is held
const HELD_LONG = 12 // frames, for a picture
const HELD_ACTIONS = 8 // as many are held, where there are more: those that keys mean first
const ROLL_OUT = 64 // frames
const SHOWN = 6 // clips a sheet shows
const FAILURES = 32 // frames a sheet shows

/** Frames of a prompt that leaves as many of a clip's to be played as are wanted. */
export const promptLength = (length: number): number => Math.min(PROMPT, Math.max(1, length - AHEAD))

/** Frames 1 … 16 played with inferred actions, and four with random ones. @param actions [clips · (T − 1)] */
export async function rolloutFidelity(
  world: World,
  footage: EvalClips,
  actions: Int32Array,
  clips: number,
  show: ShowProgress,
): Promise<Part<'playPsnr' | 'playSsim' | 'delta4' | 'delta4Error'>> {
  const { height, width } = world.config.frame
  const { length } = footage
  const prompt = promptLength(length)
  const ahead = Math.min(AHEAD, length - prompt)
  const random = new Random(1)
  const [psnrs, ssims, deltas]: [number[][], number[][], number[]] = [[], [], []]
  const sheet: ContactSheet = { columns: ahead + 1, pictures: [] }
  const bar = show('playing', clips * (ahead + (ahead < DELTA ? 0 : DELTA)), 'frames')
  for (let clip = 0; clip < clips; clip++) {
    const truth = pictures(unitValues(await footage.frames(clip, 0, prompt + ahead)), 3 * height * width)
    const last = await promptWith(world, await footage.frames(clip, 0, prompt))
    world.sampling.seed = clip
    const start = world.save()
    const led = actions.subarray(clip * (length - 1) + prompt - 1).subarray(0, ahead)
    const played = await rollOut(world, led, bar.advance)
    const quality = played.map((frame, k) => psnr(squaredError(frame, truth[prompt + k]!)))
    psnrs.push(quality)
    ssims.push(played.map((frame, k) => ssim(frame, truth[prompt + k]!, height, width)))
    if (ahead >= DELTA) {
      world.restore(start)
      const astray = await rollOut(world, chances(random, world.actions, DELTA), bar.advance)
      deltas.push(quality[DELTA - 1]! - psnr(squaredError(astray[DELTA - 1]!, truth[prompt + DELTA - 1]!)))
    }
    start.dispose()
    if (clip < SHOWN) sheet.pictures.push(...truth.slice(prompt - 1), last, ...played)
  }
  bar.stop()
  const average = (rows: number[][]) => rows[0]!.map((_, k) => mean(rows.map(row => row[k]!)))
  const short = `clips of ${length} frames leave fewer than ${DELTA} to play`
  return {
    numbers: {
      playPsnr: average(psnrs),
      playSsim: average(ssims),
      delta4: deltas.length > 0 ? mean(deltas) : null,
      delta4Error: standardError(deltas),
    },
    reasons: {
      ...(deltas.length === 0 && { delta4: short, delta4Error: short }),
      ...(deltas.length === 1 && { delta4Error: 'it takes two clips to tell' }),
    },
    sheets: { 'played-beside-truth': sheet },
  }
}

/** Each latent action held from several prompts: what moves, and whether it is the same motion everywhere. */
export async function actionConsistency(
  world: World,
  footage: EvalClips,
  prompts: number,
  show: ShowProgress,
): Promise<Part<'consistency' | 'motion' | 'rise'>> {
  const { frame, keys } = world.config
  const actions = actionsToHold(world)
  const plays = actions.map(() => [] as ReturnType<typeof motionOf>[])
  const sheet: ContactSheet = { columns: actions.length + 1, pictures: [] }
  const bar = show('holding each action', prompts * actions.length * HELD, 'frames')
  for (let clip = 0; clip < prompts; clip++) {
    const last = await promptWith(world, await standingPrompt(footage, clip))
    world.sampling.seed = clip
    const held = await rollOutHeld(world, actions, HELD, bar.advance)
    for (const [i, frames] of held.entries()) plays[i]!.push(motionOf([last, ...frames], frame.height, frame.width))
    if (clip < SHOWN) sheet.pictures.push(last, ...held.map(frames => frames.at(-1)!))
  }
  bar.stop()
  const consistency = consistencyOf(plays)
  const ofKeys = (of: (motions: ReturnType<typeof motionOf>[]) => number) =>
    keys
      ? Object.fromEntries(Object.entries(keys).map(([key, action]) => [key, of(plays[actions.indexOf(action)]!)]))
      : null
  const noKeys = 'config.json names no keys: `djinn bind` finds them'
  return {
    numbers: {
      consistency,
      motion: ofKeys(motions => mean(motions.map(m => m.x)) / HELD),
      rise: ofKeys(motions => mean(motions.map(m => m.rise))),
    },
    reasons: {
      ...(consistency === null && { consistency: 'it takes two prompts to compare' }),
      ...(!keys && { motion: noKeys, rise: noKeys }),
    },
    sheets: { 'latent-actions': sheet },
  }
}

/** Every action that keys mean, or every one, held from where the world is: a row each, its first picture `last`. */
export async function heldSheet(world: World, last: Picture, show: ShowProgress): Promise<ContactSheet> {
  const actions = world.config.keys ? [...new Set(Object.values(world.config.keys))] : actionsToHold(world)
  const bar = show('holding each key', actions.length * HELD_LONG, 'frames')
  const held = await rollOutHeld(world, actions, HELD_LONG, bar.advance)
  bar.stop()
  return { columns: HELD_LONG + 1, pictures: held.flatMap(frames => [last, ...frames]) }
}

/** One prompt with every key held. */
export async function heldFromClip(world: World, footage: EvalClips, show: ShowProgress): Promise<ContactSheet> {
  return heldSheet(world, await promptWith(world, await standingPrompt(footage, 0)), show)
}

/** Long roll-outs under keys pressed by chance: is the player there, whole and alone, in every frame? */
export async function characterSurvival(
  world: World,
  footage: EvalClips,
  clips: number,
  show: ShowProgress,
): Promise<Part<'playerWhole'>> {
  const { height, width } = world.config.frame
  const random = new Random(2)
  const dreams: ContactSheet = { columns: ROLL_OUT / 4, pictures: [] }
  const failures: ContactSheet = { columns: 8, pictures: [] }
  const isWhole = (picture: Picture) => findPlayers(picture, height, width).length === 1
  // A world of something else than the arcade cannot be asked for the arcade's player.
  const first = unitValues(await footage.frames(0, 0, footage.length))
  const real = pictures(first, 3 * height * width)
  if (real.filter(isWhole).length < real.length / 2) {
    const reasons = { playerWhole: "the clips do not show the arcade's player" }
    return { numbers: { playerWhole: null }, reasons, sheets: {} }
  }
  let whole = 0
  const bar = show('rolling out', clips * ROLL_OUT, 'frames')
  for (let clip = 0; clip < clips; clip++) {
    await promptWith(world, await footage.frames(clip, 0, promptLength(footage.length)))
    world.sampling.seed = clip
    const played = await rollOut(world, pressed(random, world), bar.advance)
    dreams.pictures.push(...played.filter((_, t) => t % 4 === 3))
    for (const picture of played)
      if (isWhole(picture)) whole++
      else if (failures.pictures.length < FAILURES) failures.pictures.push(picture)
  }
  bar.stop()
  return {
    numbers: { playerWhole: whole / (clips * ROLL_OUT) },
    reasons: {},
    sheets: { 'roll-outs': dreams, ...(failures.pictures.length > 0 && { failures }) },
  }
}

/** The prompt frames up to one where the player stands or runs, as far as his boxes tell: from there he can jump. */
async function standingPrompt(footage: EvalClips, clip: number): Promise<Uint8Array> {
  const { player, length } = footage
  const y = (t: number) => player?.[4 * (clip * length + t) + 1]
  let last = Math.min(PROMPT, length) - 1
  const isLevel = (t: number) => y(t) === y(t - 1) && y(t) === y(t - 2)
  for (let t = last; player && t < length && t >= 2; t++)
    if (isLevel(t)) {
      last = t
      break
    }
  const count = Math.min(PROMPT, last + 1)
  return footage.frames(clip, last + 1 - count, count)
}

function actionsToHold({ actions, config }: World): number[] {
  const ofKeys = new Set(Object.values(config.keys ?? {}))
  const all = new Set([...ofKeys, ...Array.from({ length: actions }, (_, action) => action)])
  return [...all].slice(0, Math.max(HELD_ACTIONS, ofKeys.size)).sort((a, b) => a - b)
}

const chances = (random: Random, below: number, count: number) =>
  Array.from({ length: count }, () => random.below(below))

/** Actions for a roll-out: those that keys mean, or all, each held for a while. */
function pressed(random: Random, { config, actions }: World): number[] {
  const choice = config.keys ? [...new Set(Object.values(config.keys))] : Array.from({ length: actions }, (_, a) => a)
  const list: number[] = []
  while (list.length < ROLL_OUT) {
    const action = choice[random.below(choice.length)]!
    for (let left = random.between(3, 10); left > 0; left--) list.push(action)
  }
  return list.slice(0, ROLL_OUT)
}

/** Values [n · size] as n pictures. */
const pictures = (values: Picture, size: number): Picture[] =>
  Array.from({ length: values.length / size }, (_, t) => values.slice(t * size, (t + 1) * size))
