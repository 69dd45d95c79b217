// N codebooks per position: what subtract_code, embedding, vq_lookup and the kernels of MaskGIT decoding do with more than one.

import { embedding } from '../../../kernels/embedding/embedding.ts'
import { beginFrame } from '../../../kernels/maskgit/begin_frame.ts'
import { remask } from '../../../kernels/maskgit/remask.ts'
import { newDraws, sample } from '../../../kernels/maskgit/sample.ts'
import { traceStep } from '../../../kernels/maskgit/trace_step.ts'
import { unpatchify } from '../../../kernels/pixels/unpatchify.ts'
import { subtractCode } from '../../../kernels/vq/subtract_code.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { residualLookup } from '../../../src/model/residual_codes.ts'
import { expectClose, expectEqual, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import * as reference from '../../reference/codebooks.ts'
import { CERTAIN, remask as remaskReference } from '../../reference/maskgit.ts'
import { rounded, type StepWords, stepInputs } from './sample.ts'

const STEP: StepWords = { temperature: 1, choiceNoise: 0.75, guidance: 1, maskedAfter: 0 }
const PLACE = { seed: 0xdeadbeef, frame: 17, step: 2 }

/** Tokens [S, N]; every `every`-th position is masked. */
const someMasked = (positions: number, N: number, K: number, every: number) =>
  ints([positions, N], at => (Math.floor(at / N) % every === 0 ? K : (at * 7 + 3) % K))

async function subtractHolds(gpu: Gpu, rows: number, passes: number, width: number, N: number, K: number) {
  const random = randomNumbers(1)
  const inputs = {
    x: floats(gpu, [passes * rows, width], random),
    table: floats(gpu, [N * K + 1, width], random),
    codes: ints([rows, N], i => (i * 7 + 1) % K),
  }
  for (const codebook of [0, N - 1]) {
    const { y } = await runKernel(gpu, inputs, (p, t) => ({
      y: subtractCode(p, t.x, t.table, t.codes, { index: codebook, count: N }),
    }))
    const { x, table, codes } = inputs
    const expected = reference.subtractCode(x.values, table.values, codes.values, width, { codebook, codebooks: N, K })
    expectClose('left', y, expected, TOLERANCE[gpu.precision])
  }
}

export const subtractCodeCases: Cases = {
  '33 rows of 50, codes of 3 codebooks': gpu => subtractHolds(gpu, 33, 1, 50, 3, 23),
  'two guidance passes have the same codes': gpu => subtractHolds(gpu, 7, 2, 70, 2, 5),
}

/** Codes whose scores rounding cannot exchange: steps of a sixteenth are exact in f16 too. */
const sixteenths = (random: () => number) => Math.round(32 * random()) / 16

export const residualLookupCases: Cases = {
  'the nearest row by distance to the residual of the codes before': async gpu => {
    for (const [rows, N, K, width] of [
      [33, 3, 97, 10],
      [7, 2, 5, 7],
    ] as const) {
      const random = randomNumbers(1)
      const z = floats(gpu, [rows, width], () => 2 * sixteenths(random))
      const codebook = floats(gpu, [N * K, width], () => sixteenths(random), 'f32')
      const blank = ints([rows, N], () => -1)
      const { codes } = await runKernel(gpu, { z, codebook, blank }, (p, t) => {
        residualLookup(gpu, t.codebook, Float32Array.from(codebook.values), N)(p, t.z, t.blank)
        return { codes: t.blank }
      })
      expectEqual('codes', codes, reference.residualLookup(z.values, codebook.values, width, N))
    }
  },
}

export const summedEmbeddingCases: Cases = {
  'the rows of 3 codes are added up, masked positions have the mask once': async gpu => {
    const [K, N, S, width] = [23, 3, 7, 50]
    const random = randomNumbers(1)
    const inputs = {
      tokens: someMasked(3 * S, N, K, 4),
      table: floats(gpu, [N * K + 1, width], random),
      position: floats(gpu, [S, width], random),
    }
    const { x } = await runKernel(gpu, inputs, (p, t) => ({
      x: embedding(p, t.tokens, t.table, t.position, undefined, N),
    }))
    const { tokens, table, position } = inputs
    const expected = reference.embedding(tokens.values, table.values, position.values, width, N)
    expectClose('embedding', x, expected, TOLERANCE[gpu.precision])
  },
}

/** Draws of all codebooks from given logits [N][S, K]. */
async function drawsHold(gpu: Gpu, N: number, K: number, change: Partial<StepWords> = {}, every = 1) {
  const S = 35
  const random = randomNumbers(1)
  const asked = rounded({ ...STEP, ...change })
  const logits = Array.from({ length: N }, () => floats(gpu, [S, K], () => 3 * random()))
  const inputs = {
    tokens: someMasked(S, N, K, every),
    ...stepInputs(PLACE, asked),
    ...Object.fromEntries(logits.map((array, n) => [`logits${n}`, array])),
  }
  const got = await runKernel(gpu, inputs, (p, t) => {
    const drawn = newDraws(p, t)
    for (let n = 0; n < N; n++) sample(p, (t as Record<string, typeof t.tokens>)[`logits${n}`]!, t, n, drawn)
    return { ...drawn }
  })
  const expected = Array.from({ length: S }, (_, i) => {
    const ofPosition = logits.map(({ values }) => Array.from(values.slice(i * K, (i + 1) * K)))
    const { codes, logProbability, confidence } = reference.drawAll(ofPosition, asked, PLACE, i)
    const isMasked = i % every === 0
    const isCertain = asked.logThreshold !== undefined && logProbability >= asked.logThreshold
    return {
      codes: isMasked ? codes : Array.from(inputs.tokens.values.slice(i * N, (i + 1) * N)),
      confidence: isMasked ? (isCertain ? CERTAIN : confidence) : Math.fround(3.4e38),
    }
  })
  expectEqual(
    'candidates',
    got.candidates,
    expected.flatMap(({ codes }) => codes),
  )
  const confidence = expected.map(e => e.confidence)
  expectClose('confidence', got.confidence, confidence, TOLERANCE.f32)
}

export const drawCases: Cases = {
  '3 codebooks draw with noise of their own, and their log-probabilities add up': gpu => drawsHold(gpu, 3, 23),
  'at temperature 0, more codes than threads': gpu => drawsHold(gpu, 2, 97, { temperature: 0, choiceNoise: 0 }),
  'positions that are known keep all their codes': gpu => drawsHold(gpu, 3, 23, {}, 3),
  'a position is certain if its codes together reach the threshold': gpu => drawsHold(gpu, 2, 23, { logThreshold: -4 }),
}

export const positionCases: Cases = {
  'a frame begins with all codes masked': async gpu => {
    const inputs = { tokens: ints([35, 3], i => i), ...stepInputs(PLACE, STEP, 1000, 9) }
    const got = await runKernel(gpu, inputs, (p, t) => {
      beginFrame(p, t, 23)
      return { tokens: t.tokens, maskedCount: t.maskedCount }
    })
    expectEqual('tokens', got.tokens, Array<number>(105).fill(23))
    expectEqual('maskedCount', got.maskedCount, [35, ...Array<number>(9).fill(0)])
  },
  'a position takes all its candidates or none': async gpu => {
    const [S, N, K] = [35, 3, 23]
    const inputs = {
      tokens: someMasked(S, N, K, 2),
      candidates: ints([S, N], i => (i * 11 + 2) % K),
      confidence: floats(gpu, [S], i => (i % 2 === 0 ? -1 - ((7 * i) % 23) : 3.4e38), 'f32'),
      ...stepInputs(PLACE, { ...STEP, maskedAfter: 9 }, 18),
    }
    const got = await runKernel(gpu, inputs, (p, t) => {
      remask(p, t.candidates, t.confidence, t, K)
      return { tokens: t.tokens, maskedCount: t.maskedCount }
    })
    // By position: which of them keep the mask, told from the first code.
    const first = (values: Float64Array) => Array.from({ length: S }, (_, i) => values[i * N]!)
    const { tokens, candidates, confidence } = inputs
    const kept = remaskReference(first(tokens.values), first(candidates.values), confidence.values, 9, K)
    const expected = Array.from(tokens.values, (token, at) => {
      const isUnmasked = token === K && kept[Math.floor(at / N)] !== K
      return isUnmasked ? candidates.values[at]! : token
    })
    expectEqual('tokens', got.tokens, expected)
    expectEqual('maskedCount', got.maskedCount, [3, 3, 18, 9, 0])
  },
  "a trace holds every position's first code": async gpu => {
    const inputs = {
      ...stepInputs(PLACE, STEP),
      tokens: ints([35, 3], i => (i * 7) % 23),
      confidence: floats(gpu, [35], i => -i, 'f32'),
      trace: words([4, 35, 2], () => 0),
    }
    const { trace } = await runKernel(gpu, inputs, (p, t) => {
      traceStep(p, t.confidence, t, t.trace)
      return { trace: t.trace }
    })
    // The step that remask has ended is the one before.
    const codes = Array.from({ length: 35 }, (_, i) => trace[2 * ((PLACE.step - 1) * 35 + i)]!)
    expectEqual(
      'codes',
      codes,
      codes.map((_, i) => (i * 21) % 23),
    )
  },
}

export const clampCases: Cases = {
  'values that are not logits are clamped': async gpu => {
    const random = randomNumbers(1)
    const patches = floats(gpu, [2, 27], () => 2 * random())
    const blank = floats(gpu, [1, 3, 6, 3], () => Number.NaN, 'f32')
    const { pixels } = await runKernel(gpu, { patches, blank }, (p, t) => {
      unpatchify(p, t.patches, 3, t.blank, false)
      return { pixels: t.blank }
    })
    const expected = Array.from({ length: 54 }, (_, at) => {
      const [channel, x, y] = [at % 3, Math.floor(at / 3) % 6, Math.floor(at / 18)]
      const value = patches.values[Math.floor(x / 3) * 27 + (y * 3 + (x % 3)) * 3 + channel]!
      return Math.min(Math.max(value, 0), 1)
    })
    expectClose('pixels', pixels, expected, TOLERANCE.f32)
  },
}
