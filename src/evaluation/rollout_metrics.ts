// Metrics of play: frames played with inferred actions against the true ones, each action held from many prompts, and long roll-outs
// under random keys.

import { bindsKeys } from '../input/key_bindings.ts'
import { Pcg } from '../random.ts'
import { joined } from '../weights/safetensors.ts'
import type { World } from '../world/world.ts'
import type { ClipEncoder } from './clip_encoder.ts'
import type { EvalClips } from './eval_clips.ts'
import { mean, psnr, squaredError, standardError, unitValues } from './metrics.ts'
import { type CharacterFinder, consistencyOf, motionOf } from './motion.ts'
import type { ContactSheet, Part, ShowProgress } from './numbers.ts'
import { bytesOf, type Picture, promptWith, rollOut, rollOutHeld } from './rollout.ts'
import { ssim } from './ssim.ts'

const MAX_PROMPT = 8 // frames
const AHEAD = 16 // frames played with inferred actions
const DELTA = 4 // the frame of Δ₄PSNR
const HELD = 4 // frames each action is held
const HELD_LONG = 12 // frames, for a contact sheet
const HELD_ACTIONS = 8 // at most, those bound to keys first
const ROLL_OUT = 64 // frames
const SHOWN = 6 // clips on a contact sheet
const FAILURES = 32 // frames on a contact sheet

/** Length of a prompt that leaves up to 16 frames of a clip to play. */
export const promptLength = (length: number): number => Math.min(MAX_PROMPT, Math.max(1, length - AHEAD))

/**
 * Plays 16 frames with inferred actions, and 4 with random actions, and compares them with the true frames.
 * @param actions inferred, [clips · (T − 1)]
 */
export async function rolloutFidelity(
  world: World,
  data: EvalClips,
  actions: Int32Array,
  clips: number,
  show: ShowProgress,
): Promise<Part<'playPsnr' | 'playSsim' | 'delta4' | 'delta4Error'>> {
  const { height, width } = world.config.frame
  const { length } = data
  const prompt = promptLength(length)
  const ahead = Math.min(AHEAD, length - prompt)
  const random = new Pcg(1)
  const [psnrs, ssims, deltas]: [number[][], number[][], number[]] = [[], [], []]
  const sheet: ContactSheet = { columns: ahead + 1, pictures: [] }
  const bar = show('playing', clips * (ahead + (ahead < DELTA ? 0 : DELTA)), 'frames')
  for (let clip = 0; clip < clips; clip++) {
    const truth = pictures(unitValues(await data.frames(clip, 0, prompt + ahead)), 3 * height * width)
    const last = await promptWith(world, await data.frames(clip, 0, prompt))
    world.sampling.seed = clip
    const start = world.save()
    const inferred = actions.subarray(clip * (length - 1) + prompt - 1).subarray(0, ahead)
    const played = await rollOut(world, inferred, bar.advance)
    const quality = played.map((frame, k) => psnr(squaredError(frame, truth[prompt + k]!)))
    psnrs.push(quality)
    ssims.push(played.map((frame, k) => ssim(frame, truth[prompt + k]!, height, width)))
    if (ahead >= DELTA) {
      world.restore(start)
      const randomly = await rollOut(
        world,
        Array.from({ length: DELTA }, () => random.below(world.actions)),
        bar.advance,
      )
      deltas.push(quality[DELTA - 1]! - psnr(squaredError(randomly[DELTA - 1]!, truth[prompt + DELTA - 1]!)))
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
      ...(deltas.length === 1 && { delta4Error: 'two clips are needed' }),
    },
    sheets: { 'played-beside-truth': sheet },
  }
}

/**
 * Plays each latent action for 4 frames from several prompts. Measures what `Evaluation` describes: `motion` and `rise` by key,
 * `consistency` of the motion over prompts, `swapEffect`, and `actionFidelity`. What cannot be measured is null, with a reason.
 */
export async function actionConsistency(
  world: World,
  data: EvalClips,
  prompts: number,
  { encoder, find, show }: { encoder: ClipEncoder; find: CharacterFinder | undefined; show: ShowProgress },
): Promise<Part<'consistency' | 'motion' | 'rise' | 'swapEffect' | 'actionFidelity'>> {
  const { frame, keys } = world.config
  const actions = actionsToHold(world)
  const plays = actions.map(() => [] as ReturnType<typeof motionOf>[])
  const swaps: number[] = []
  const changes: number[] = []
  const matches: boolean[] = []
  const sheet: ContactSheet = { columns: actions.length + 1, pictures: [] }
  const bar = show('holding each action', prompts * actions.length * HELD, 'frames')
  for (let clip = 0; clip < prompts; clip++) {
    const prompt = await standingPrompt(data, clip)
    const real = pictures(unitValues(prompt), 3 * frame.height * frame.width)
    for (const [t, picture] of real.entries()) if (t > 0) changes.push(squaredError(picture, real[t - 1]!))
    const last = await promptWith(world, prompt)
    world.sampling.seed = clip
    const held = await rollOutHeld(world, actions, HELD, bar.advance)
    for (const [i, frames] of held.entries()) {
      plays[i]!.push(motionOf([last, ...frames], frame.height, frame.width, find))
      for (const other of held.slice(i + 1)) swaps.push(squaredError(frames[0]!, other[0]!))
      const { actions: inferred } = await encoder.encode(joined([prompt, bytesOf(frames)]))
      for (const action of inferred?.slice(-HELD) ?? []) matches.push(action === actions[i])
    }
    if (clip < SHOWN) sheet.pictures.push(last, ...held.map(frames => frames.at(-1)!))
  }
  bar.stop()
  const consistency = consistencyOf(plays)
  const byKey = (measure: (motions: ReturnType<typeof motionOf>[]) => number) =>
    keys
      ? Object.fromEntries(Object.entries(keys).map(([key, action]) => [key, measure(plays[actions.indexOf(action)]!)]))
      : null
  const noKeys = 'config.json binds no keys: run `djinn bind`'
  const change = changes.length > 0 ? mean(changes) : 0
  return {
    numbers: {
      consistency,
      swapEffect: swaps.length > 0 && change > 0 ? Math.sqrt(mean(swaps) / change) : null,
      actionFidelity: matches.length > 0 ? mean(matches.map(Number)) : null,
      motion: byKey(motions => mean(motions.map(m => m.x)) / HELD),
      rise: byKey(motions => mean(motions.map(m => m.rise))),
    },
    reasons: {
      ...(consistency === null && { consistency: 'two prompts are needed' }),
      ...(!(swaps.length > 0 && change > 0) && {
        swapEffect: 'two actions and clips in which something moves are needed',
      }),
      ...(matches.length === 0 && { actionFidelity: 'the model has no latent_action.safetensors' }),
      ...(!keys && { motion: noKeys, rise: noKeys }),
    },
    sheets: { 'latent-actions': sheet },
  }
}

/** A contact sheet of every action bound to a key (or every action), held from the world's state: a row for each, which begins with the picture `last`. */
export async function heldSheet(world: World, last: Picture, show: ShowProgress): Promise<ContactSheet> {
  const { keys } = world.config
  const actions = bindsKeys(keys) ? [...new Set(Object.values(keys!))] : actionsToHold(world)
  const bar = show('holding each key', actions.length * HELD_LONG, 'frames')
  const held = await rollOutHeld(world, actions, HELD_LONG, bar.advance)
  bar.stop()
  return { columns: HELD_LONG + 1, pictures: held.flatMap(frames => [last, ...frames]) }
}

/** A contact sheet of every key held from one prompt. */
export async function heldFromClip(world: World, data: EvalClips, show: ShowProgress): Promise<ContactSheet> {
  return heldSheet(world, await promptWith(world, await standingPrompt(data, 0)), show)
}

/** The share of frames of long roll-outs under random keys that show exactly one whole character. */
export async function characterSurvival(
  world: World,
  data: EvalClips,
  clips: number,
  { find, show }: { find: CharacterFinder | undefined; show: ShowProgress },
): Promise<Part<'playerWhole'>> {
  const { height, width } = world.config.frame
  const random = new Pcg(2)
  const rollOuts: ContactSheet = { columns: ROLL_OUT / 4, pictures: [] }
  const failures: ContactSheet = { columns: 8, pictures: [] }
  const isWhole = (picture: Picture) => find?.(picture, height, width).length === 1
  const real = pictures(unitValues(await data.frames(0, 0, data.length)), 3 * height * width)
  if (real.filter(isWhole).length < real.length / 2) {
    const reasons = { playerWhole: 'the clips do not show a character that this program can find' }
    return { numbers: { playerWhole: null }, reasons, sheets: {} }
  }
  let whole = 0
  const bar = show('rolling out', clips * ROLL_OUT, 'frames')
  for (let clip = 0; clip < clips; clip++) {
    await promptWith(world, await data.frames(clip, 0, promptLength(data.length)))
    world.sampling.seed = clip
    const played = await rollOut(world, randomKeys(random, world), bar.advance)
    rollOuts.pictures.push(...played.filter((_, t) => t % 4 === 3))
    for (const picture of played)
      if (isWhole(picture)) whole++
      else if (failures.pictures.length < FAILURES) failures.pictures.push(picture)
  }
  bar.stop()
  return {
    numbers: { playerWhole: whole / (clips * ROLL_OUT) },
    reasons: {},
    sheets: { 'roll-outs': rollOuts, ...(failures.pictures.length > 0 && { failures }) },
  }
}

/** Prompt frames that end where the character stands or runs, if the clips have its boxes: from there it can jump. */
async function standingPrompt(data: EvalClips, clip: number): Promise<Uint8Array> {
  const { character, length } = data
  const y = (t: number) => character?.[4 * (clip * length + t) + 1]
  let last = Math.min(MAX_PROMPT, length) - 1
  const isLevel = (t: number) => y(t) === y(t - 1) && y(t) === y(t - 2)
  for (let t = last; character && t < length && t >= 2; t++)
    if (isLevel(t)) {
      last = t
      break
    }
  const count = Math.min(MAX_PROMPT, last + 1)
  return data.frames(clip, last + 1 - count, count)
}

function actionsToHold({ actions, config }: World): number[] {
  const bound = new Set(Object.values(config.keys ?? {}))
  const all = new Set([...bound, ...Array.from({ length: actions }, (_, action) => action)])
  return [...all].slice(0, Math.max(HELD_ACTIONS, bound.size)).sort((a, b) => a - b)
}

/** Random actions for a roll-out, each held for 3 to 10 frames: those bound to keys, or all. */
function randomKeys(random: Pcg, { config, actions }: World): number[] {
  const choice = bindsKeys(config.keys)
    ? [...new Set(Object.values(config.keys!))]
    : Array.from({ length: actions }, (_, a) => a)
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
