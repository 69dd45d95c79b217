// Initial weights with which a dynamics of several codebooks copies the picture, shifted by one patch as the action says. A position's vector
// has four parts: content channels, 24 target channels, one channel per action, 24 position channels. Every code is a vector of unit length of
// random Fourier features, alike for codes that are alike. A masked position copies the frame before in two steps: temporal attention of block 0
// fetches what was in the same place into the next channels, while the feed-forward turns the target channels to the position to copy from;
// spatial attention of block 1 takes what was fetched there. The same in PyTorch: reference/copy_init.py.

import type { Gpu } from '../../gpu/gpu.ts'
import { unitVectors } from '../../model/codebook.ts'
import { type Config, codebooksOf } from '../../model/config.ts'
import { dynamicsTensors } from '../../model/dynamics.ts'
import { FormatError } from '../../weights/safetensors.ts'
import { type Clips, sampleWindows } from '../data/clips.ts'
import { readUpstream } from '../data/dynamics_batch.ts'
import type { UpstreamOutputs } from '../data/upstream_outputs.ts'
import { dot, solvePositive } from '../linear_algebra.ts'
import type { Random } from '../random.ts'
import {
  attendNeighbours,
  InitialWeights,
  POSITION_CHANNELS,
  patchGrid,
  rotation,
  scaleResidualOutputs,
  sinusoids,
} from './initial_weights.ts'
import { normDivisors, SAMPLE_FRAMES } from './norm_divisors.ts'

/** Where a position is copied from. */
const [SELF, LEFT, RIGHT, UP, DOWN] = [0, 1, 2, 3, 4]
const NEIGHBOURS = [LEFT, RIGHT, UP, DOWN]
/** Rows and columns to it. */
const STEPS: Record<number, [number, number]> = { [LEFT]: [0, -1], [RIGHT]: [0, 1], [UP]: [-1, 0], [DOWN]: [1, 0] }
/** Length of a first code's vector, and of each next codebook's relative to the one before: what is not known yet disturbs little. */
const [CODE, FINER] = [8, 0.75]
const [POSITION, ACTION] = [2, 4] // size of the sinusoids, value of an action's channel
const FETCHED = 0.25 // size of what was fetched, relative to content
const LENGTH = 0.8 // over which features change, in distances of a code to its nearest
const SHARPNESS = 8 // of attention to the position to copy from
const CLOSED = 5 // how far below 0 a gate holds its hidden units
const LOGIT = 6 // of the code that is copied
const LEAST = 0.25 // share of the changed positions whose new first code a neighbour must have had
const LEAST_CONTENT = 32 // channels
const [CLIPS, FRAMES] = [16, 12] // in which the motion of each action is measured

/** Which channels of a position's vector hold what: content from 0 on, then these. */
interface Channels {
  width: number
  target: number
  action: number
  position: number
}

/** @throws FormatError where the dynamics cannot copy; RangeError where the clips are too short */
export async function copyWeights(
  gpu: Gpu,
  config: Config,
  clips: Clips,
  upstream: UpstreamOutputs,
  random: Random,
): Promise<InitialWeights> {
  const { code_width, patch } = config.tokenizer
  const { width, heads, ffn, layers, window, qk_norm } = config.dynamics
  const { actions: A } = config.latent_action
  const content = width - 2 * POSITION_CHANNELS - A
  const hidden = 2 * POSITION_CHANNELS * NEIGHBOURS.length
  if (!qk_norm) throw new FormatError(`${config.name}: a dynamics with qk_norm false cannot copy; it needs qk_norm`)
  if (content < LEAST_CONTENT || layers < 2 || ffn < hidden || window < 2)
    throw new FormatError(
      `${config.name}: a dynamics of width ${width}, ${layers} layers, ffn ${ffn} and window ${window} cannot copy; it needs width ${width - content + LEAST_CONTENT}, 2 layers, ffn ${hidden} and window 2`,
    )
  if (clips.length < SAMPLE_FRAMES)
    throw new RangeError(
      `the clips have ${clips.length} frames, a dynamics that copies needs at least ${SAMPLE_FRAMES}: record longer clips`,
    )
  const at: Channels = {
    width,
    target: content,
    action: content + POSITION_CHANNELS,
    position: width - POSITION_CHANNELS,
  }
  const m = new InitialWeights(dynamicsTensors(config), random)
  const of = (name: string) => m.get(name).values
  of('action_codebook').set(upstream.actionCodebook)
  const length = Math.min(FRAMES, clips.length)
  const windows = sampleWindows(clips, random, CLIPS, length)
  const { targets, actions } = await readUpstream(upstream, clips, windows, length)
  const { rows, columns } = patchGrid(config.frame, patch)
  const N = codebooksOf(config.tokenizer)
  const moves = movedFrom({ targets, actions }, { length, N, A, rows, columns })

  initCodes(m, featuresOf(upstream.codebook, code_width, N, content, random), N, width)
  scaleResidualOutputs(m, 0) // at first the blocks do nothing else
  attendNeighbours(m, { rows, columns, heads })
  initPositions(m, at, rows, columns)
  initActions(m, at)

  const norms = (depth: number) => normDivisors(gpu, config, m, { targets, actions, length }, depth)
  const fetching = await norms(1)
  copyContent(m, 'blocks.0.temporal', at, { taken: 0, given: 1, scale: FETCHED * fetching.finished })
  of('blocks.0.temporal.q_norm.weight').fill(0.2)
  of('blocks.0.temporal.bias').forEach((_, i, bias) => {
    bias[i] = i % window === 1 ? 8 : 0
  })
  pointByAction(m, at, ffn, moves, (await norms(1)).masked)
  // Block 1, spatial: values undo the shift of the channels.
  const taking = await norms(1)
  copyContent(m, 'blocks.1.spatial', at, { taken: 1, given: 0, scale: taking.masked / FETCHED })
  attendTarget(m, at, width / heads)
  of('blocks.1.spatial.q_norm.weight').fill(SHARPNESS)
  of('norm.weight').fill((await norms(layers)).masked)
  return m
}

/**
 * Where each action copies from. Only positions whose first code changes count. It is the neighbour whose earlier first code is most often the
 * new one, or SELF where no neighbour has it in LEAST of these positions.
 */
function movedFrom(
  { targets, actions }: Record<'targets' | 'actions', Int32Array>,
  { length: T, N, A, rows, columns }: Record<'length' | 'N' | 'A' | 'rows' | 'columns', number>,
): number[] {
  const S = rows * columns
  const given = Array.from({ length: A }, () => new Float64Array(5)) // at SELF: LEAST of what changes
  for (let frame = 0; frame < actions.length; frame++) {
    if (frame % T === 0) continue
    const own = given[actions[frame]!]!
    const codeAt = (t: number, y: number, x: number) => targets[(t * S + y * columns + x) * N]
    for (let y = 1; y + 1 < rows; y++)
      for (let x = 1; x + 1 < columns; x++) {
        const now = codeAt(frame, y, x)
        if (now === codeAt(frame - 1, y, x)) continue
        own[SELF]! += LEAST
        for (const slot of NEIGHBOURS) {
          const [down, right] = STEPS[slot]!
          if (now === codeAt(frame - 1, y + down, x + right)) own[slot]! += 1
        }
      }
  }
  return given.map(shares => shares.indexOf(Math.max(...shares)))
}

/** Unit codes [A, C] → rows [A][C] whose inner product with a code is 1 for its own and 0 for the others. */
function inverseOf(units: Float32Array, A: number): Float64Array[] {
  const C = units.length / A
  const rows = Array.from({ length: A }, (_, a) => units.subarray(a * C, (a + 1) * C))
  const gram = rows.map((u, i) => Float64Array.from(rows, (v, j) => dot(u, v) + (i === j ? 1e-9 : 0)))
  const channels = Array.from({ length: C }, (_, c) => Float64Array.from(rows, row => row[c]!))
  const solved = solvePositive(gram, channels)
  return rows.map((_, a) => Float64Array.from(solved, column => column[a]!))
}

/** Codes [N · K, C] → features [N · K][content] of unit length: cosines of random projections, without their mean over a codebook. */
function featuresOf(codebook: Float32Array, C: number, N: number, content: number, random: Random): Float64Array[] {
  const rows = Array.from({ length: codebook.length / C }, (_, r) => codebook.subarray(r * C, (r + 1) * C))
  const K = rows.length / N
  return Array.from({ length: N }, (_, n) => featuresOfOne(rows.slice(n * K, (n + 1) * K), content, random)).flat()
}

function featuresOfOne(codes: readonly Float32Array[], content: number, random: Random): Float64Array[] {
  const squares = codes.map(e => dot(e, e))
  const distance = (i: number, j: number) =>
    Math.sqrt(Math.max(0, squares[i]! + squares[j]! - 2 * dot(codes[i]!, codes[j]!)))
  const nearest = codes.map((_, i) =>
    codes.reduce((least, _, j) => (j === i ? least : Math.min(least, distance(i, j))), Number.POSITIVE_INFINITY),
  )
  const median = nearest.toSorted((a, b) => a - b)[(codes.length - 1) >> 1]!
  const length = Math.max(LENGTH * median, 1e-4)
  const projections = Array.from({ length: content }, () => codes[0]!.map(() => random.normal() / length))
  const phases = projections.map(() => 2 * Math.PI * random.uniform())
  const features = codes.map(e => Float64Array.from(projections, (w, i) => Math.cos(dot(w, e) + phases[i]!)))
  const mean = projections.map((_, i) => features.reduce((sum, f) => sum + f[i]!, 0) / codes.length)
  return features.map(feature => {
    const centred = feature.map((v, i) => v - mean[i]!)
    const norm = Math.max(Math.sqrt(dot(centred, centred)), 1e-12)
    return centred.map(v => v / norm)
  })
}

/** The embedding of codes, and the heads that find them again. */
function initCodes(m: InitialWeights, features: readonly Float64Array[], codebooks: number, width: number): void {
  const [table, head] = ['token.weight', 'head.weight'].map(name => m.get(name).values.fill(0))
  for (const [row, feature] of features.entries()) {
    const size = CODE * FINER ** Math.floor((row * codebooks) / features.length)
    for (const [i, v] of feature.entries()) {
      table![row * width + i] = size * v
      head![row * width + i] = (LOGIT / size) * v
    }
  }
  m.fill(/^(head\.bias|mask)$/, 0)
}

/** A position copies from itself, before an action says otherwise. */
function initPositions(m: InitialWeights, { width, target, position }: Channels, rows: number, columns: number): void {
  const values = m.get('position').values.fill(0)
  for (const [s, wave] of sinusoids(rows, columns, POSITION_CHANNELS).entries())
    for (const [i, v] of wave.entries())
      for (const first of [target, position]) values[s * width + first + i] = POSITION * v
}

/** Each action has a channel of its own. */
function initActions(m: InitialWeights, { action }: Channels): void {
  const [A, C] = m.get('action_codebook').shape as [number, number]
  const weight = m.get('action.weight').values.fill(0)
  for (const [a, channels] of inverseOf(unitVectors(m.get('action_codebook').values, C), A).entries())
    for (const [c, v] of channels.entries()) weight[(action + a) * C + c] = ACTION * v
}

/**
 * The values of an attention are the content, and its output is the values, times `scale`. Value i takes content channel i + `taken`, and
 * goes to content channel i + `given`.
 */
function copyContent(
  m: InitialWeights,
  part: string,
  { width, target: content }: Channels,
  { taken, given, scale }: { taken: number; given: number; scale: number },
): void {
  const [qkv, out] = [m.get(`${part}.qkv.weight`).values, m.get(`${part}.out.weight`).values.fill(0)]
  for (let i = 0; i < content; i++) {
    const from = (2 * width + i) * width
    qkv.fill(0, from, from + width)
    qkv[from + ((i + taken) % content)] = 1
    out[((i + given) % content) * width + i] = scale
  }
}

/**
 * The target channels become the sinusoids of the neighbour that the action copies from. Hidden units come in pairs ±x: gelu(x) - gelu(-x) is x,
 * but nothing where a gate adds a large negative number to both.
 */
function pointByAction(
  m: InitialWeights,
  { width, target, action, position }: Channels,
  ffn: number,
  moves: readonly number[],
  scale: number,
): void {
  const [into, bias, out] = ['in.weight', 'in.bias', 'out.weight'].map(name => m.get(`blocks.0.ffn.${name}`).values)
  const size = 0.5 / POSITION // of x, so that it stays small beside a closed gate
  bias!.fill(0)
  const moving = [...new Set(moves.filter(move => move !== SELF))].sort()
  for (const [group, move] of moving.entries()) {
    const turn = rotation(POSITION_CHANNELS, ...STEPS[move]!)
    for (let i = 0; i < 2 * POSITION_CHANNELS; i++) {
      const [row, channel, sign] = [
        2 * POSITION_CHANNELS * group + i,
        i % POSITION_CHANNELS,
        i < POSITION_CHANNELS ? 1 : -1,
      ]
      into!.fill(0, row * width, (row + 1) * width)
      into![row * width + position + channel] = sign * size * scale
      for (const [a, of] of moves.entries())
        if (of === move) into![row * width + action + a] = (CLOSED * scale) / ACTION
      bias![row] = -CLOSED
      for (let c = 0; c < width; c++) out![c * ffn + row] = 0
      for (let c = 0; c < POSITION_CHANNELS; c++)
        out![(target + c) * ffn + row] = (sign / size) * (turn[c]![channel]! - Number(c === channel))
    }
  }
}

/** The heads of block 1 that carry content attend from target channels to position channels. */
function attendTarget(m: InitialWeights, { width, target, position }: Channels, d: number): void {
  const qkv = m.get('blocks.1.spatial.qkv.weight').values
  for (let head = 0; head * d < target; head++)
    for (const [part, channels] of [target, position].entries()) {
      const from = part * width + head * d
      qkv.fill(0, from * width, (from + d) * width)
      for (let i = 0; i < Math.min(POSITION_CHANNELS, d); i++) qkv[(from + i) * width + channels + i] = 1
    }
}
