// sample: the random bits exactly, the Gumbel noise to its last digits, and the candidates and confidences of positions.

import random from '../../../kernels/common/random.wgsl?raw'
import type { Decoding } from '../../../kernels/maskgit/decoding.ts'
import { sample } from '../../../kernels/maskgit/sample.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Kernel } from '../../../src/gpu/kernel.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { expectClose, expectEqual, Mismatch, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, type HostArray, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import { draw, guided, gumbelOf, type Place, pcg } from '../../reference/maskgit.ts'
import { parts } from './heads.ts'

/** A step as the GPU holds it. */
export interface StepWords {
  temperature: number
  choiceNoise: number
  guidance: number
  maskedAfter: number
  logThreshold?: number
}

/** Rounded to what the GPU's f32 fields hold. */
export const rounded = (s: StepWords): StepWords => ({
  temperature: Math.fround(s.temperature),
  choiceNoise: Math.fround(s.choiceNoise),
  guidance: Math.fround(s.guidance),
  maskedAfter: s.maskedAfter,
  logThreshold: Math.fround(s.logThreshold ?? 3.4e38),
})

export function scheduleWords(steps: StepWords[]): HostArray {
  const bits = steps.flatMap(s => [
    ...new Uint32Array(Float32Array.of(s.temperature, s.choiceNoise, s.guidance).buffer),
    s.maskedAfter,
    ...new Uint32Array(Float32Array.of(s.logThreshold ?? 3.4e38).buffer),
  ])
  return words([steps.length, 5], bits)
}

/** stepIndex, frameInfo, schedule and masked counts of one step; the other steps would give other results. */
export function stepInputs({ seed, frame, step }: Place, asked: StepWords, masked = 1000, steps = 4) {
  const other = { temperature: 3, choiceNoise: 2, guidance: -1, maskedAfter: 2, logThreshold: -100 }
  return {
    frameInfo: words([3], [frame, seed, 0]),
    stepIndex: words([1], [step]),
    schedule: scheduleWords(Array.from({ length: steps }, (_, s) => (s === step ? asked : other))),
    maskedCount: words([steps + 1], s => (s < step ? 3 : s === step ? masked : 0)),
  }
}

const DEFAULT_STEP: StepWords = { temperature: 1, choiceNoise: 0.75, guidance: 1, maskedAfter: 0 }
const place: Place = { seed: 0xdeadbeef, frame: 17, step: 2 }

interface Scene {
  tokens: number[] // K = masked
  codes: number
  logits: number[][] // [guidance passes · S][K]
  step?: Partial<StepWords>
  at?: Place
}

async function sampled(gpu: Gpu, { tokens, codes, logits, step, at = place }: Scene) {
  const asked = rounded({ ...DEFAULT_STEP, ...step })
  const inputs = {
    logits: floats(gpu, [logits.length, codes], logits.flat()),
    tokens: ints([tokens.length], tokens),
    ...stepInputs(at, asked),
  }
  const got = await runKernel(gpu, inputs, (p, t) => ({
    ...sample(p, t.logits, t satisfies Record<keyof Decoding, Tensor>),
  }))
  const rows = parts(inputs.logits.values, logits.length)
  const logitsOf = (i: number) =>
    rows.length > tokens.length ? guided(rows[i]!, rows[tokens.length + i]!, asked.guidance) : rows[i]!
  return { got, expected: tokens.map((_, i) => draw(logitsOf(i), asked, at, i)) }
}

async function holds(gpu: Gpu, scene: Scene) {
  const { got, expected } = await sampled(gpu, scene)
  const isUnmasked = (i: number) => scene.tokens[i] !== scene.codes
  expectEqual(
    'candidates',
    got.candidates,
    expected.map(({ token }, i) => (isUnmasked(i) ? scene.tokens[i]! : token)),
  )
  const confidence = Array.from(got.confidence, (c, i) => (isUnmasked(i) ? 0 : c))
  expectClose(
    'confidence',
    confidence,
    expected.map((e, i) => (isUnmasked(i) ? 0 : e.confidence)),
    TOLERANCE.f32,
  )
  const lowest = Math.min(...Array.from(got.confidence).filter((_, i) => isUnmasked(i)))
  if (lowest < 1e30)
    throw new Mismatch(`an unmasked token has a confidence of ${lowest}, which a masked one may have too`)
}

const masked = (count: number, codes: number) => new Array<number>(count).fill(codes)

function randomLogits(rows: number, codes: number, scale = 3): number[][] {
  const next = randomNumbers(1)
  return Array.from({ length: rows }, () => Array.from({ length: codes }, () => scale * next()))
}

/** Random bits and Gumbel noise of each word, by the functions that sample uses. */
async function noiseOf(gpu: Gpu, values: number[]): Promise<{ bits: Float64Array; noise: Float64Array }> {
  const probe: Kernel = {
    name: 'sample: noise',
    bindings: ['read', 'write', 'write'],
    sources: [
      random,
      `
      struct Params {
        count: u32,
      }
      @group(0) @binding(0) var<uniform> params: Params;
      @group(0) @binding(1) var<storage, read> words: array<u32>;
      @group(0) @binding(2) var<storage, read_write> bits: array<u32>;
      @group(0) @binding(3) var<storage, read_write> noise: array<f32>;
      @compute @workgroup_size(64)
      fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x >= params.count) { return; }
        bits[id.x] = pcg(words[id.x]);
        noise[id.x] = gumbel(words[id.x]);
      }`,
    ],
  }
  return runKernel(gpu, { values: words([values.length], values) }, (p, t) => {
    const bits = p.temp('bits', [values.length], 'u32')
    const noise = p.temp('noise', [values.length], 'f32')
    p.dispatch(probe, { count: values.length }, [t.values, bits, noise], [Math.ceil(values.length / 64)])
    return { bits, noise }
  })
}

/** Logits that no number is known of, of every kind. */
export const HOPELESS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/** @throws Mismatch when a candidate is not a token */
export function expectTokens(candidates: ArrayLike<number>, codes: number): void {
  const bad = Array.from(candidates).find(token => !(token >= 0 && token < codes))
  if (bad !== undefined) throw new Mismatch(`a candidate is ${bad}, the tokens are 0 … ${codes - 1}`)
}

export const sampleCases: Cases = {
  'pcg to the bit, and gumbel noise within 2e-6, from the smallest v to the largest': async gpu => {
    const edges = [
      0, 1, 511, 512, 513, 1023, 1024, 0x7fffffff, 0x80000000, 0x80000200, 0xfffffdff, 0xfffffe00, 0xffffffff,
    ]
    const powers = Array.from({ length: 32 }, (_, i) => [2 ** i, 2 ** 32 - 2 ** i]).flat()
    const many = Array.from({ length: 30000 }, (_, i) => pcg(i))
    const values = [...edges, ...powers, ...many]
    const { bits, noise } = await noiseOf(gpu, values)
    expectEqual('pcg', bits, values.map(pcg))
    expectClose('gumbel', noise, values.map(gumbelOf), { absolute: 2e-6, relative: 0 })
  },
  '35 positions draw among 97 codes': gpu =>
    holds(gpu, { tokens: masked(35, 97), codes: 97, logits: randomLogits(35, 97) }),
  'other draws for another seed, frame and step': async gpu => {
    const scene = { tokens: masked(35, 97), codes: 97, logits: randomLogits(35, 97) }
    for (const at of [
      { ...place, seed: 1 },
      { ...place, frame: 0 },
      { ...place, step: 0 },
    ])
      await holds(gpu, { ...scene, at })
  },
  'fewer codes than threads, one code, one position': async gpu => {
    await holds(gpu, { tokens: masked(7, 10), codes: 10, logits: randomLogits(7, 10) })
    await holds(gpu, { tokens: masked(7, 1), codes: 1, logits: randomLogits(7, 1) })
    await holds(gpu, { tokens: masked(1, 65), codes: 65, logits: randomLogits(1, 65) })
  },
  'a temperature divides the logits of the draw, not of the confidence': async gpu => {
    const scene = { tokens: masked(35, 97), codes: 97, logits: randomLogits(35, 97) }
    for (const temperature of [0.3, 5]) await holds(gpu, { ...scene, step: { temperature } })
  },
  'temperature 0 takes the largest logit, of equals the lowest code, whichever threads find them': async gpu => {
    const codes = 97
    const largest = [[5, 6], [3, 67], [4, 66], [66, 3], [96], [0, 96], [1, 64]]
    const logits = largest.map(best => Array.from({ length: codes }, (_, k) => (best.includes(k) ? 2 : -1 - (k % 3))))
    const scene = { tokens: masked(7, codes), codes, logits, step: { temperature: 0 } }
    await holds(gpu, scene)
    const { got } = await sampled(gpu, scene)
    expectEqual('candidates', got.candidates, [5, 3, 4, 3, 96, 0, 1])
  },
  'without noise confidence is the log-softmax': gpu =>
    holds(gpu, { tokens: masked(35, 97), codes: 97, logits: randomLogits(35, 97), step: { choiceNoise: 0 } }),
  'logits of ±10000 give no NaN': async gpu => {
    const scene = {
      tokens: masked(7, 97),
      codes: 97,
      logits: randomLogits(7, 97, 1).map(row => row.map(l => 100 * Math.round(100 * l))),
    }
    await holds(gpu, scene)
    await holds(gpu, { ...scene, logits: scene.logits.map(row => row.map(l => l - 20000)) })
  },
  'logits of NaN and infinity still draw a token in range': async gpu => {
    for (const value of HOPELESS)
      for (const temperature of [0, 1]) {
        const logits = masked(7, 97).map(() => new Array<number>(97).fill(value))
        const { got } = await sampled(gpu, { tokens: masked(7, 97), codes: 97, logits, step: { temperature } })
        expectTokens(got.candidates, 97)
      }
  },
  'unmasked positions keep their token and have the largest confidence': async gpu => {
    const tokens = Array.from({ length: 35 }, (_, i) => (i % 3 === 0 ? 97 : (11 * i) % 97))
    await holds(gpu, { tokens, codes: 97, logits: randomLogits(35, 97) })
  },
  'two guidance passes: null + g · (conditional - null)': async gpu => {
    const scene = { tokens: masked(33, 97), codes: 97, logits: randomLogits(66, 97) }
    for (const guidance of [2.5, 0, -1]) await holds(gpu, { ...scene, step: { guidance } })
  },
}
