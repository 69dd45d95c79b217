// Initial weights with which a dynamics of several codebooks copies the picture, shifted as the action says. The vector of a position is
// divided into slots of C channels: one for the position's own code sum, four for its neighbours', one for its own a frame ago. Block 0 fills
// them. Its feed-forward selects by action which slot a masked position copies, and the heads give the codes nearest to that slot the largest
// logits. The same in PyTorch: reference/copy_init.py.

import type { Gpu } from '../../gpu/gpu.ts'
import { unitVectors } from '../../model/codebook.ts'
import { type Config, codebooksOf } from '../../model/config.ts'
import { dynamicsTensors } from '../../model/dynamics.ts'
import { FormatError } from '../../weights/safetensors.ts'
import { type Clips, sampleWindows } from '../data/clips.ts'
import { readUpstream } from '../data/dynamics_batch.ts'
import type { UpstreamOutputs } from '../data/upstream_outputs.ts'
import { covarianceOf, dot, solvePositive } from '../linear_algebra.ts'
import type { Random } from '../random.ts'
import {
  attendNeighbours,
  InitialWeights,
  POSITION_CHANNELS,
  patchGrid,
  scaleResidualOutputs,
} from './initial_weights.ts'
import { normDivisors } from './norm_divisors.ts'

/** Slots: where a position's vector comes from. */
const [SELF, LEFT, RIGHT, UP, DOWN, BEFORE] = [0, 1, 2, 3, 4, 5]
const NEIGHBOURS = [LEFT, RIGHT, UP, DOWN]
/** Rows and columns from a position to the neighbour of a slot. */
const STEPS: Record<number, [number, number]> = { [LEFT]: [0, -1], [RIGHT]: [0, 1], [UP]: [-1, 0], [DOWN]: [1, 0] }
// All large beside a step of Adam, because fine codes lie close together.
const SCALE = 8 // of code vectors in the slots
const FLAG = 32 // value of the channel that marks a masked position, and of each action's channel
const CONSTANT = 512 // of the two channels, + and -, by which every norm divides about alike
const SHARPNESS = 7 // of attention to a neighbour
const CLOSED = 5 // how far below 0 a gate holds its hidden units
const NATS = 2.5 // initial margin of a code over its nearest neighbour
const MOST_WEIGHT = 32768 // of a head, so that it can be kept in F16
const LEAST = 0.25 // share of the changed positions whose new first code a neighbour must have had
const [CLIPS, FRAMES] = [16, 12] // in which the motion of each action is measured

/** @throws FormatError where the dynamics has no room for the slots */
export async function copyWeights(
  gpu: Gpu,
  config: Config,
  clips: Clips,
  upstream: UpstreamOutputs,
  random: Random,
): Promise<InitialWeights> {
  const { code_width: C, patch } = config.tokenizer
  const { width: D, heads, ffn, layers, window } = config.dynamics
  const { actions: A } = config.latent_action
  const [d, flag] = [D / heads, 6 * C]
  const constant = flag + 1 + A
  if (C > d || constant + 18 + POSITION_CHANNELS > D || heads < 5 || ffn < 10 * C || window < 2)
    throw new FormatError(
      `${config.name}: a dynamics of width ${D}, ${heads} heads, ffn ${ffn} and window ${window} has no room for slots of ${C} channels: it needs heads of ${C} channels or more, 5 heads, width ${constant + 18 + POSITION_CHANNELS}, ffn ${10 * C} and window 2`,
    )
  const m = new InitialWeights(dynamicsTensors(config), random)
  const of = (name: string) => m.get(name).values
  of('action_codebook').set(upstream.actionCodebook)
  const length = Math.min(FRAMES, clips.length)
  const windows = sampleWindows(clips, random, CLIPS, length)
  const { targets, actions } = await readUpstream(upstream, clips, windows, length)
  const { rows, columns } = patchGrid(config.frame, patch)
  const N = codebooksOf(config.tokenizer)
  const moves = movedFrom({ targets, actions }, { length, N, A, rows, columns })

  const codebooks = withoutSum(upstream.codebook, C, N)
  initEmbeddings(m, codebooks, { rows, columns, heads, flag, constant })
  scaleResidualOutputs(m, 0.1)
  // The constant channels are for the norms alone.
  for (const name of m.names(/(qkv|ffn\.in)\.weight$/))
    for (let at = constant; at < of(name).length; at += D) of(name).fill(0, at, at + 2)

  const norms = (depth: number, zeroed: RegExp | undefined) =>
    normDivisors(gpu, config, m, { targets, actions, length }, depth, zeroed)
  /** A head whose values are one slot, and whose output goes to one slot. */
  const copySlot = (part: string, head: number, source: number, target: number, scale: number) => {
    const [qkv, out] = [of(`blocks.0.${part}.qkv.weight`), of(`blocks.0.${part}.out.weight`)]
    qkv.fill(0, (2 * D + head * d) * D, (2 * D + (head + 1) * d) * D)
    for (let i = 0; i < D; i++) out.fill(0, i * D + head * d, i * D + (head + 1) * d)
    for (let i = 0; i < C; i++) {
      qkv[(2 * D + head * d + i) * D + source * C + i] = 1
      out[(target * C + i) * D + head * d + i] = scale
    }
  }
  const { finished: ofFrames } = await norms(0, undefined)
  for (const [head, target] of NEIGHBOURS.entries()) {
    const qkv = of('blocks.0.spatial.qkv.weight')
    for (const part of [0, 1])
      for (let row = part * D + head * d; row < part * D + (head + 1) * d; row++)
        qkv.fill(0, row * D, (row + 1) * D - POSITION_CHANNELS)
    copySlot('spatial', head, SELF, target, ofFrames)
  }
  const { finished: afterSpace } = await norms(1, /blocks\.0\.(temporal|ffn)\.out\.weight/)
  if (config.dynamics.qk_norm) of('blocks.0.temporal.q_norm.weight').fill(0.2)
  of('blocks.0.temporal.bias').fill(0)
  for (const [head, slot] of [...NEIGHBOURS, BEFORE].entries()) {
    copySlot('temporal', head, slot === BEFORE ? SELF : slot, slot, afterSpace)
    of('blocks.0.temporal.bias')[head * window + 1] = 8
  }
  gateByAction(m, { C, D, ffn, flag, moves }, (await norms(1, /blocks\.0\.ffn\.out\.weight/)).masked)
  of('norm.weight').fill(1)
  of('norm.weight').fill((await norms(layers, undefined)).masked, 0, C)
  initHeads(m, codebooks, D)
  return m
}

/**
 * The slot that each action copies. Only positions whose first code changes count. The slot is the neighbour whose earlier first code is
 * most often the new one, or SELF where no neighbour has it in LEAST of these positions.
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

/**
 * The embeddings of tokens, mask, positions and actions. A code's vector is in the slot SELF. The mask and each action have a channel of their
 * own, from `flag` on, and positions the two constant channels.
 */
function initEmbeddings(
  m: InitialWeights,
  codebooks: readonly Float64Array[][],
  { flag, constant, ...grid }: Record<'rows' | 'columns' | 'heads' | 'flag' | 'constant', number>,
): void {
  const of = (name: string) => m.get(name).values
  const [A, code_width] = m.get('action_codebook').shape as [number, number]
  const D = of('mask').length
  const table = of('token.weight').fill(0)
  for (const [row, e] of codebooks.flat().entries())
    for (let i = 0; i < e.length; i++) table[row * D + i] = SCALE * e[i]!
  of('mask').fill(0)[flag] = FLAG
  of('position').fill(0)
  attendNeighbours(m, { ...grid, sharpness: SHARPNESS })
  for (let at = 0; at < of('position').length; at += D) {
    const position = of('position').subarray(at, at + D)
    position.set([CONSTANT, -CONSTANT], constant)
    for (let i = D - POSITION_CHANNELS; i < D; i++) position[i]! *= SCALE
    centre(position, constant)
  }
  centre(of('mask'), constant)
  const action = of('action.weight').fill(0)
  for (const [a, channels] of inverseOf(unitVectors(of('action_codebook'), code_width), A).entries())
    for (let c = 0; c < code_width; c++) action[(flag + 1 + a) * code_width + c] = FLAG * channels[c]!
  for (let c = 0; c < code_width; c++) {
    const column = Float32Array.from({ length: D }, (_, i) => action[i * code_width + c]!)
    centre(column, constant)
    column.forEach((value, i) => {
      action[i * code_width + c] = value
    })
  }
}

/** Norms subtract the mean over channels. The free channels make it 0. */
function centre(values: Float32Array, constant: number): void {
  const [from, to] = [constant + 2, values.length - POSITION_CHANNELS]
  const sum = values.reduce((a, b) => a + b, 0)
  values.fill(-sum / (to - from), from, to)
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

/** codebook [N · K, C], reflected so that the channels of the first codes add up to about 0: the direction of least spread becomes that of the sum. */
function withoutSum(codebook: Float32Array, C: number, N: number): Float64Array[][] {
  const rows = Array.from({ length: codebook.length / C }, (_, r) => codebook.subarray(r * C, (r + 1) * C))
  const K = rows.length / N
  const { mean, covariance } = covarianceOf(rows.slice(0, K))
  const gram = covariance.map((row, i) => row.map((v, j) => v + mean[i]! * mean[j]!))
  const size = gram.reduce((sum, row, i) => sum + row[i]!, 0)
  let least = Float64Array.from({ length: C }, (_, i) => 1 + 0.1 * i)
  for (let round = 0; round < 50; round++) {
    const [next] = solvePositive(
      gram.map((row, i) => row.map((v, j) => v + (i === j ? 1e-9 * size : 0))),
      [least],
    ) as [Float64Array<ArrayBuffer>]
    const norm = Math.sqrt(dot(next, next))
    least = next.map(v => v / norm)
  }
  const mirror = least.map(v => v - C ** -0.5)
  const norm = Math.max(Math.sqrt(dot(mirror, mirror)), 1e-12)
  const reflected = rows.map(e => {
    const along = dot(e, mirror) / norm
    return Float64Array.from(e, (v, i) => v - (2 * along * mirror[i]!) / norm)
  })
  return Array.from({ length: N }, (_, n) => reflected.slice(n * K, (n + 1) * K))
}

/**
 * A masked position becomes the slot of its action, or BEFORE without one. Hidden units come in pairs ±x: gelu(x) - gelu(-x) is x, but nothing
 * where a gate adds a large negative number to both.
 */
function gateByAction(
  m: InitialWeights,
  { C, D, ffn, flag, moves }: { C: number; D: number; ffn: number; flag: number; moves: readonly number[] },
  scale: number,
): void {
  const [into, bias, out] = ['in.weight', 'in.bias', 'out.weight'].map(name => m.get(`blocks.0.ffn.${name}`).values)
  const unit = (CLOSED * scale) / FLAG
  const moving = [...new Set(moves.filter(move => move !== SELF))].sort()
  for (const [group, source] of [BEFORE, ...moving].entries())
    for (let i = 0; i < 2 * C; i++) {
      const [row, channel, sign] = [2 * C * group + i, i % C, i < C ? 1 : -1]
      into!.fill(0, row * D, (row + 1) * D)
      into![row * D + flag] = unit
      for (const [action, move] of moves.entries()) {
        if (source === BEFORE && move !== SELF) into![row * D + flag + 1 + action] = -unit
        else if (move === source) into![row * D + flag + 1 + action] = unit
      }
      bias![row] = source === BEFORE ? -CLOSED : -2 * CLOSED
      into![row * D + source * C + channel] = sign
      for (let channel = 0; channel < D; channel++) out![channel * ffn + row] = 0
      out![channel * ffn + row] = sign * scale
    }
}

/** Logits are -β/2 times the squared distance of the chosen slot to the code, up to a term that all codes share. */
function initHeads(m: InitialWeights, codebooks: readonly Float64Array[][], D: number): void {
  const [weight, bias] = [m.get('head.weight').values.fill(0), m.get('head.bias').values]
  for (const [n, codebook] of codebooks.entries()) {
    const distance = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0)
    const nearest = codebook.map((e, k) =>
      Math.min(...codebook.map((other, j) => (j === k ? Number.POSITIVE_INFINITY : distance(e, other)))),
    )
    // The mean: many of the codes that no patch has may lie in one place.
    const mean = nearest.reduce((a, b) => a + b) / nearest.length
    const largest = codebook.reduce((most, e) => e.reduce((most, v) => Math.max(most, Math.abs(v)), most), 0)
    const beta = Math.min((2 * NATS) / mean, (MOST_WEIGHT * SCALE) / largest)
    for (const [k, e] of codebook.entries()) {
      const row = n * codebook.length + k
      for (let i = 0; i < e.length; i++) weight[row * D + i] = (beta / SCALE) * e[i]!
      bias[row] = (-beta / 2) * dot(e, e)
    }
  }
}
