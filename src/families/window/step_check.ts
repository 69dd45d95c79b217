// Checks the decoded tokens of a reference bundle's roll-out, and the step at which each was kept. Where tokens differ, each step of
// unmasking is recomputed from the bundle's tokens, and a difference counts as a tie if our own scores are too close to decide it.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { SamplingConfig } from '../../model/config.ts'
import { gumbel } from '../../model/gumbel.ts'
import type { Step } from '../../model/unmasking.ts'
import { type ComparisonRow, isDecided, largestOf, TOLERANCE } from '../../validation/comparison.ts'
import { readFloats } from '../../weights/read_floats.ts'
import type { WindowDecoder, WindowDynamics } from './decoder.ts'

/** What a bundle says of one roll-out, `out.{run}.*`. */
interface Decoded {
  run: string
  newFrames: number // decoded together
  positions: number // of a frame
  play: Int32Array // [steps], the player's action of each step
  tokens: Int32Array // [steps · newFrames, positions]
  order: Int32Array // [steps · newFrames, positions]
  sampling: SamplingConfig
  seed: number
  /** The gap of the bundle's closest decision, where the bundle says it. */
  margin: number | undefined
  /** Writes context and actions of step k of the roll-out. @returns the number of its first new frame */
  write(k: number): number
}

/** Compares `out.{run}.tokens` and `.order`. */
export async function checkDecoding(
  gpu: Gpu,
  decoder: WindowDecoder,
  dynamics: WindowDynamics,
  r: Decoded,
): Promise<ComparisonRow[]> {
  const { newFrames, positions, seed } = r
  const count = newFrames * positions
  const steps = decoder.setSampling(r.sampling)
  for (const program of decoder.programs) await program.compile()
  for (const program of decoder.programs) program.buildSync()
  decoder.recordTrace(true)
  const p = new Program(gpu, 'check')
  const outputs = decoder.stepOutputs(p)
  for (const t of [outputs.logits, outputs.candidates, outputs.confidence]) p.output(t)
  await p.build()
  const differing = { tokens: 0, order: 0 }
  const excused = { tokens: 0, order: 0 }
  const hasTies = !isDecided(r.margin, gpu.precision)
  for (let k = 0; k < r.play.length; k++) {
    const frame = r.write(k)
    const [tokens, order] = [r.tokens.slice(k * count, (k + 1) * count), r.order.slice(k * count, (k + 1) * count)]
    gpu.write(decoder.frameInfo, Int32Array.of(frame, seed | 0, 0))
    const encoder = gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    decoder.encode(pass)
    pass.end()
    gpu.submit(encoder)
    const ours = new Int32Array(await gpu.read(decoder.tokens)).slice(0, count)
    const kept = orderOf(
      (await decoder.readSteps()).map(s => s.tokens),
      dynamics.config.tokenizer.codes,
      count,
    )
    const off = { tokens: countOff(tokens, ours), order: countOff(order, kept) }
    if (off.tokens + off.order === 0) continue
    // From the bundle's tokens, step by step.
    const found = { tokens: 0, order: 0, tiedTokens: 0, tiedOrder: 0 }
    const first = firstDifference({ tokens, order }, { tokens: ours, order: kept })
    let isExplained = false
    for (const [s, step] of steps.entries()) {
      gpu.write(
        decoder.tokens,
        tokens.map((token, i) => (order[i]! < s ? token : dynamics.config.tokenizer.codes)),
      )
      gpu.write(outputs.stepIndex, Uint32Array.of(s))
      p.run()
      const ours = {
        logits: await readFloats(gpu, outputs.logits),
        candidates: new Int32Array(await gpu.read(outputs.candidates)),
        confidence: new Float32Array(await gpu.read(outputs.confidence)).subarray(0, count),
      }
      const noise = (i: number, code: number) =>
        step.choiceNoise && gumbel(seed, frame + Math.floor(i / positions), s, i % positions, code)
      const before = found.tokens + found.order
      judgeStep({ ...ours, tokens, order, step, s, noise, precision: gpu.precision, hasTies }, found)
      if (s === first) isExplained = found.tokens + found.order > before
    }
    // A roll-out that goes its own way where no single step differs counts as it is, without ties.
    differing.tokens += isExplained ? found.tokens : off.tokens
    differing.order += isExplained ? found.order : off.order
    excused.tokens += isExplained ? found.tiedTokens : 0
    excused.order += isExplained ? found.tiedOrder : 0
  }
  return (['tokens', 'order'] as const).map(what => ({
    output: `out.${r.run}.${what}`,
    count: r.tokens.length,
    differing: differing[what],
    excused: excused[what],
    holds: differing[what] === excused[what] || gpu.precision === 'f16',
  }))
}

interface Decisions {
  tokens: Int32Array
  order: Int32Array
}

/** The first step at which two ways of decoding the same frames differ. */
function firstDifference(a: Decisions, b: Decisions): number {
  const steps = Array.from(a.order, (s, i) =>
    a.tokens[i] === b.tokens[i] && s === b.order[i] ? Number.POSITIVE_INFINITY : Math.min(s, b.order[i]!),
  )
  return steps.reduce((first, s) => Math.min(first, s))
}

const countOff = (a: Int32Array, b: Int32Array) => a.reduce((sum, v, i) => sum + Number(v !== b[i]), 0)

/** The step at which each position got its token, from the tokens after every step. */
function orderOf(after: Int32Array[], mask: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => after.findIndex(tokens => tokens[i] !== mask))
}

/** Counts the decisions of step s that differ from the bundle's, and how many of them our scores are too close to decide. */
function judgeStep(
  ours: {
    logits: Float32Array // [count, K]
    candidates: Int32Array // [count]
    confidence: Float32Array // [count]
    tokens: Int32Array
    order: Int32Array
    step: Step
    s: number
    noise: (i: number, code: number) => number
    precision: 'f32' | 'f16'
    hasTies: boolean
  },
  found: { tokens: number; order: number; tiedTokens: number; tiedOrder: number },
): void {
  const { logits, candidates, confidence, tokens, order, step, s, noise, precision, hasTies } = ours
  const count = order.length
  const K = logits.length / count
  const { absolute, relative } = TOLERANCE[precision]
  const scale = step.temperature
  const masked = [...order.keys()].filter(i => order[i]! >= s)
  const error = (i: number) => (absolute + relative * largestOf(logits.subarray(i * K, (i + 1) * K))) / scale
  for (const i of masked)
    if (order[i] === s && candidates[i] !== tokens[i]) {
      found.tokens++
      const score = (code: number) => logits[i * K + code]! / scale + noise(i, code)
      if (hasTies && Math.abs(score(candidates[i]!) - score(tokens[i]!)) <= 2 * error(i)) found.tiedTokens++
    }
  // Least confident first; among equals, the lower index.
  const ranked = masked.toSorted((i, j) => confidence[i]! - confidence[j]! || i - j)
  const taken = new Set(ranked.slice(step.maskedAfter))
  const edge = hasTies && step.maskedAfter > 0 ? [ranked[step.maskedAfter - 1]!, ranked[step.maskedAfter]!] : []
  for (const i of masked)
    if (taken.has(i) !== (order[i] === s)) {
      found.order++
      if (edge.some(j => j !== undefined && Math.abs(confidence[i]! - confidence[j]!) <= 2 * (error(i) + error(j))))
        found.tiedOrder++
    }
}
