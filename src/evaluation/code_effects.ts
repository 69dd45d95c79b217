// The effect of each latent action, measured without labels by playing it from starting points in a video: whether the picture stays still, which
// way the view or the character moves, how far, and in what share of them.

import { blockMotions, greyOf } from '../media/block_motion.ts'
import { median } from '../statistics.ts'
import type { World } from '../world/world.ts'
import type { EvalClips } from './eval_clips.ts'
import { mean, squaredError } from './metrics.ts'
import { panOf } from './motion.ts'
import type { ShowProgress } from './numbers.ts'
import { bytesOf, type Picture, promptWith, rollOutHeld } from './rollout.ts'

const STARTS = 12
/** So many are played even if that takes longer than there is time for. */
const LEAST_STARTS = 3
/** From one starting point to the next, so that the first few are spread over the clips, too; coprime to STARTS. */
const STRIDE = 5
/** Frames of a prompt, and frames that each action is held. */
const [PROMPT, HELD] = [4, 3]
/** The view scrolls where more than this share of the blocks change, and a pan of the whole picture explains this share of the change: little, because pictures of a short training are noisy. */
const [LARGE, EXPLAINED] = [0.3, 0.1]
/** Smaller motions count as none, pixels per frame. */
const STILL = 0.4
/** Actions whose pictures differ by less than this share of the typical difference, and whose motions by less than a pixel, are alike. */
const ALIKE = 0.1

/** What one latent action does. */
export interface CodeEffect {
  code: number
  /** Motion per frame, of the character: right and up are positive, in pixels. For a view that scrolls, the motion of the view. */
  x: number
  up: number
  /** What moves. */
  what: 'still' | 'view' | 'character'
  /** The share of the starting points from which it goes this way, 0 … 1. */
  certainty: number
  /** Mean squared change from frame to frame. */
  change: number
  /** A lower code that does the same. */
  like?: number
}

interface Motion {
  x: number
  up: number
  isView: boolean
}

/** What was measured from one starting point, by action. */
export interface StartEffects {
  motions: Motion[]
  changes: number[]
  /** [action][other < action] */
  differences: number[][]
}

interface EffectsOptions {
  /** Those that were measured before, to which the others are added. */
  starts?: StartEffects[]
  /** Called after each. */
  onStart?: () => Promise<void>
  /** After so long it plays from no further one, but a few are played in any case. */
  seconds?: number
}

/** Plays every action from twelve starting points that are spread over the clips, or from as many as there is time for. */
export async function measureEffects(
  world: World,
  clips: EvalClips,
  show: ShowProgress,
  { starts = [], onStart, seconds = Number.POSITIVE_INFINITY }: EffectsOptions = {},
): Promise<CodeEffect[]> {
  const began = performance.now()
  const { height, width } = world.config.frame
  const actions = Array.from({ length: world.actions }, (_, action) => action)
  const bar = show('trying each action', (STARTS - starts.length) * actions.length * HELD, 'frames')
  for (let start = starts.length; start < STARTS; start++) {
    if (start >= LEAST_STARTS && performance.now() - began > 1000 * seconds) break
    const place = ((((STRIDE * start) % STARTS) + 0.5) / STARTS) * clips.clips
    const clip = Math.floor(place)
    const prompt = Math.min(PROMPT, clips.length)
    const first = Math.floor((place - clip) * (clips.length - prompt + 1))
    const last = await promptWith(world, await clips.frames(clip, first, prompt))
    world.sampling.seed = start
    const held = await rollOutHeld(world, actions, HELD, bar.advance)
    starts.push({
      motions: held.map(frames => motionThrough([last, ...frames], height, width)),
      changes: held.map(frames => mean(frames.map((frame, t) => squaredError(frame, t > 0 ? frames[t - 1]! : last)))),
      differences: held.map((frames, action) =>
        held.slice(0, action).map(others => squaredError(frames.at(-1)!, others.at(-1)!)),
      ),
    })
    await onStart?.()
  }
  bar.stop()
  return effectsOf(
    actions.map(action => starts.map(({ motions }) => motions[action]!)),
    actions.map(action => mean(starts.map(({ changes }) => changes[action]!))),
    actions.map(a => actions.slice(0, a).map(b => mean(starts.map(({ differences }) => differences[a]![b]!)))),
  )
}

/** The motion of one roll-out, per frame. */
export function motionThrough(frames: readonly Picture[], height: number, width: number): Motion {
  const bytes = bytesOf(frames)
  const size = 3 * height * width
  const greys = frames.map((_, t) => greyOf(bytes.subarray(t * size, (t + 1) * size), height, width))
  const [xs, ups, views]: [number[], number[], number[]] = [[], [], []]
  for (const [t, grey] of greys.entries()) {
    if (t === 0) continue
    const { motions, changed } = blockMotions(greys[t - 1]!, grey)
    const blocks = Math.floor(height / 8) * Math.floor(width / 8)
    const pan = changed > LARGE * blocks ? panOf(frames[t - 1]!, frames[t]!, height, width) : undefined
    const view = pan && pan.explained > EXPLAINED ? pan : undefined
    const moving = motions.filter(({ x, y }) => x !== 0 || y !== 0)
    xs.push(view ? -view.x : median(moving.map(m => m.x)))
    ups.push(view ? view.y : -median(moving.map(m => m.y)))
    views.push(Number(view !== undefined))
  }
  return { x: mean(xs), up: mean(ups), isView: mean(views) > 0.5 }
}

/**
 * @param motions by action, one for each starting point
 * @param changes by action, the mean squared change from frame to frame
 * @param differences [action][other < action]: mean squared difference of the last frames
 */
export function effectsOf(
  motions: readonly (readonly Motion[])[],
  changes: readonly number[],
  differences: readonly (readonly number[])[],
): CodeEffect[] {
  const effects = motions.map((all, code): CodeEffect => {
    const [x, up] = [median(all.map(m => m.x)), median(all.map(m => m.up))]
    const size = Math.hypot(x, up)
    const isStill = size < STILL
    const agrees = (m: Motion) =>
      isStill ? Math.hypot(m.x, m.up) < 2 * STILL : m.x * x + m.up * up > 0.5 * size * Math.hypot(m.x, m.up)
    const moving = all.filter(m => Math.hypot(m.x, m.up) >= STILL)
    const isView = moving.filter(m => m.isView).length > moving.length / 2
    return {
      code,
      x: isStill ? 0 : x,
      up: isStill ? 0 : up,
      what: isStill ? 'still' : isView ? 'view' : 'character',
      certainty: all.filter(agrees).length / all.length,
      change: changes[code]!,
    }
  })
  const pairs = differences.flatMap((row, code) => row.slice(0, code))
  const typical = median(pairs)
  for (const effect of effects) {
    const same = effects.find(
      other =>
        other.code < effect.code &&
        other.like === undefined &&
        differences[effect.code]![other.code]! <= ALIKE * typical &&
        Math.hypot(other.x - effect.x, other.up - effect.up) < 1,
    )
    if (same) effect.like = same.code
  }
  return effects
}
