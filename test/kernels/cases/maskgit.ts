// begin_frame, remask and trace_step, and with sample the decoding of a whole frame.

import { appendingAttention } from '../../../kernels/attention/temporal_attention.ts'
import { beginFrame } from '../../../kernels/maskgit/begin_frame.ts'
import type { Decoding } from '../../../kernels/maskgit/decoding.ts'
import { openOrCloseGate } from '../../../kernels/maskgit/gate.ts'
import { remask } from '../../../kernels/maskgit/remask.ts'
import { sample } from '../../../kernels/maskgit/sample.ts'
import { traceStep } from '../../../kernels/maskgit/trace_step.ts'
import { type BenchCase, benchCases, inputFactory } from '../../../src/bench/cases.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { createGate, Program } from '../../../src/gpu/program.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { samplingSchedule } from '../../../src/model/maskgit_decoder.ts'
import { readFloats } from '../../../src/weights/read_floats.ts'
import { expectEqual } from '../../helpers/compare.ts'
import { type Cases, withVariant } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import { CERTAIN, draw, remask as reference } from '../../reference/maskgit.ts'
import { parts } from './heads.ts'
import { rounded, scheduleWords, stepInputs } from './sample.ts'

const CODES = 97

/** The KV cache of one frame of 64 tokens, into which it writes keys and values. */
const appendingCase: Pick<BenchCase, 'kernel' | 'shape' | 'variants' | 'record'> = {
  kernel: 'temporal_attention_append',
  shape: '64 tokens × 64',
  variants: { plain: undefined },
  record(p, make) {
    const ring = { keys: make([1, 64, 64]), values: make([1, 64, 64]), slots: 1 }
    const shape = { positions: 64, heads: 2, headWidth: 32 }
    appendingAttention(p, make([64, 192]), ring, make([2, 1], 'random', 'f32'), make([3], 'zero', 'i32'), shape, 1)
    return ring.keys
  },
}

async function remaskHolds(gpu: Gpu, tokens: number[], confidence: number[], maskedAfter: number) {
  const masked = tokens.filter(token => token === CODES).length
  const inputs = {
    // Unmasked positions get a candidate that is not theirs and must not be taken.
    candidates: ints([tokens.length], i => (i * 7) % CODES),
    confidence: floats(gpu, [tokens.length], confidence, 'f32'),
    tokens: ints([tokens.length], tokens),
    ...stepInputs({ seed: 1, frame: 2, step: 1 }, { temperature: 1, choiceNoise: 1, guidance: 1, maskedAfter }, masked),
  }
  const got = await runKernel(gpu, inputs, (p, t) => {
    remask(p, t.candidates, t.confidence, t, CODES)
    return { tokens: t.tokens, maskedCount: t.maskedCount, stepIndex: t.stepIndex }
  })
  const expected = reference(tokens, inputs.candidates.values, inputs.confidence.values, maskedAfter, CODES)
  expectEqual('tokens', got.tokens, expected)
  expectEqual('stepIndex', got.stepIndex, [2])
  expectEqual('maskedCount', got.maskedCount, [3, masked, expected.filter(token => token === CODES).length, 0, 0])
}

const allMasked = (count: number) => new Array<number>(count).fill(CODES)

/** begin, then n times sample and remask, from the same logits at every step. */
async function frameHolds(gpu: Gpu, count: number, steps: number, threshold = 1) {
  const sampling = { steps, temperature: 1, choice_temperature: 2, guidance: 1, threshold }
  const random = randomNumbers(1)
  const frame = { seed: 99, frame: 3 }
  const schedule = samplingSchedule(count, sampling).map(rounded)
  const inputs = {
    logits: floats(gpu, [count, CODES], () => 3 * random()),
    tokens: ints([count], i => i % CODES),
    frameInfo: words([3], [frame.frame, frame.seed, 0]),
    stepIndex: words([1], [77]),
    schedule: scheduleWords(schedule),
    maskedCount: words([schedule.length + 1], () => 5),
  }
  const record = (p: Program, t: Record<'logits' | keyof Decoding, Tensor>) => {
    beginFrame(p, t, CODES)
    for (let s = 0; s < schedule.length; s++) {
      const { candidates, confidence } = sample(p, t.logits, t)
      remask(p, candidates, confidence, t, CODES)
    }
    return { tokens: t.tokens, stepIndex: t.stepIndex }
  }
  const got = await runKernel(gpu, inputs, record)

  const rows = parts(inputs.logits.values, count)
  const expected = schedule.reduce((tokens, step, s) => {
    const draws = rows.map((logits, i) => draw(logits, step, { ...frame, step: s }, i))
    const [candidates, confidence] = [draws.map(d => d.token), draws.map(d => d.confidence)]
    return reference(tokens, candidates, confidence, step.maskedAfter, CODES)
  }, allMasked(count))
  expectEqual('tokens', got.tokens, expected)
  expectEqual('stepIndex', got.stepIndex, [schedule.length])
}

export const beginFrameCases: Cases = {
  'all tokens are masked, and the step is 0': async gpu => {
    for (const count of [35, 1, 65]) {
      const inputs = {
        tokens: ints([count], i => i),
        ...stepInputs({ seed: 1, frame: 2, step: 3 }, { temperature: 1, choiceNoise: 1, guidance: 1, maskedAfter: 0 }),
      }
      const got = await runKernel(gpu, inputs, (p, t) => {
        beginFrame(p, t, CODES)
        return { tokens: t.tokens, stepIndex: t.stepIndex, maskedCount: t.maskedCount }
      })
      expectEqual('tokens', got.tokens, allMasked(count))
      expectEqual('stepIndex', got.stepIndex, [0])
      expectEqual('maskedCount', got.maskedCount, [count, 0, 0, 0, 0])
    }
  },
}

export const remaskCases: Cases = {
  'the least confident stay masked, from none to all but one': async gpu => {
    const random = randomNumbers(1)
    const confidence = Array.from({ length: 35 }, () => -5 * Math.abs(random()))
    for (const maskedAfter of [0, 1, 17, 34]) await remaskHolds(gpu, allMasked(35), confidence, maskedAfter)
    await remaskHolds(gpu, allMasked(1), [-1], 0)
  },
  'of equally confident positions those of lower index stay masked': async gpu => {
    await remaskHolds(gpu, allMasked(100), new Array(100).fill(-2), 41)
    await remaskHolds(gpu, allMasked(7), [-1, -2, -2, -1, -2, -2, -1], 3)
  },
  'certain candidates are taken, whatever their rank, and one position at least': async gpu => {
    const confidence = Array.from({ length: 35 }, (_, i) => (i % 4 === 0 ? CERTAIN : -1 - ((7 * i) % 23)))
    for (const maskedAfter of [34, 30, 9]) await remaskHolds(gpu, allMasked(35), confidence, maskedAfter)
    await remaskHolds(gpu, allMasked(35), new Array(35).fill(CERTAIN), 34)
    await remaskHolds(gpu, [CODES, 3, CODES, CODES], [-1, 3.4e38, -2, -3], 20)
  },
  'unmasked tokens stay, whatever their candidates': gpu => {
    const tokens = Array.from({ length: 70 }, (_, i) => (i % 3 === 1 ? CODES : (5 * i) % CODES))
    const confidence = tokens.map((token, i) => (token === CODES ? -1 - ((7 * i) % 23) : 3.4e38))
    return remaskHolds(gpu, tokens, confidence, 9)
  },
  'more positions than threads': async gpu => {
    const random = randomNumbers(2)
    await remaskHolds(
      gpu,
      allMasked(601),
      Array.from({ length: 601 }, () => -5 * Math.abs(random())),
      300,
    )
  },
}

export const recordStepCases: Cases = {
  'tokens and confidence go to the row of their step': async gpu => {
    const random = randomNumbers(1)
    for (const count of [35, 1, 65]) {
      const inputs = {
        // The step after the one that is recorded.
        ...stepInputs({ seed: 1, frame: 2, step: 3 }, { temperature: 1, choiceNoise: 1, guidance: 1, maskedAfter: 0 }),
        tokens: ints([count], i => (i * 7) % CODES),
        confidence: floats(gpu, [count], () => -9 * Math.abs(random()), 'f32'),
        trace: words([4, count, 2], i => i),
      }
      const got = await runKernel(gpu, inputs, (p, t) => {
        traceStep(p, t.confidence, t, t.trace)
        return { trace: t.trace }
      })
      const bits = new Uint32Array(Float32Array.from(inputs.confidence.values).buffer)
      const expected = Array.from(inputs.trace.values, (old, i) => {
        const [row, position] = [Math.floor(i / (2 * count)), (i >> 1) % count]
        if (row !== 2) return old
        return i % 2 === 0 ? inputs.tokens.values[position]! : bits[position]!
      })
      expectEqual('trace', got.trace, expected)
    }
  },
}

export const gateCases: Cases = {
  'Params pass while positions are masked, and zeros after': async gpu => {
    for (const masked of [1, 35, 0]) {
      const inputs = {
        tokens: ints([1], [0]),
        ...stepInputs(
          { seed: 1, frame: 2, step: 2 },
          { temperature: 1, choiceNoise: 1, guidance: 1, maskedAfter: 0 },
          masked,
        ),
        allParams: words([33, 3], i => i + 1),
        activeParams: words([33, 3], () => 7),
      }
      const got = await runKernel(gpu, inputs, (p, t) => {
        openOrCloseGate(p, t, t)
        return { activeParams: t.activeParams }
      })
      const expected = Array.from({ length: 99 }, (_, i) => (masked > 0 ? i + 1 : 0))
      expectEqual('activeParams', got.activeParams, expected)
    }
  },
  'a closed gate: with Params of zero, no variant of a step’s operations writes anything': async gpu => {
    const cases = benchCases(false).filter(({ kernel }) => !['vq_lookup', 'patchify', 'unpatchify'].includes(kernel))
    for (const { kernel, shape, variants, record } of [...cases, appendingCase])
      for (const [variant, requires] of Object.entries(variants)) {
        if (requires && !gpu.supports(requires)) continue
        const made: Tensor[] = []
        const closed = new Program(withVariant(gpu, kernel, variant), 'closed', undefined, createGate(gpu))
        const output = closed.output(record(closed, inputFactory(gpu, made)))
        const before = await readFloats(gpu, output)
        await closed.build()
        closed.run()
        expectEqual(`${kernel}, ${variant}, ${shape}`, await readFloats(gpu, output), before)
        gpu.free(output, ...made)
      }
  },
}

export const frameCases: Cases = {
  'a frame of 35 tokens in 8 steps, in one, and in more steps than tokens': async gpu => {
    for (const steps of [8, 1, 50]) await frameHolds(gpu, 35, steps)
  },
  'a frame of one token': gpu => frameHolds(gpu, 1, 3),
  'a frame of 35 tokens with thresholds: steps that find no position masked change nothing': async gpu => {
    for (const threshold of [0.3, 0.1, 0]) await frameHolds(gpu, 35, 8, threshold)
  },
}
