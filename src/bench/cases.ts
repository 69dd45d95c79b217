// The benchmark's cases: ten operations that take nearly all the time of play, at shapes of Genie models (S tokens per frame,
// width D, T = 16 frames of past). linear, layer_norm and spatial_attention have several variants; the others are measured as
// play runs them. Backward passes, losses and the optimizer are not measured here. Inputs are random. FLOPs and bytes are those
// of the mathematics.

import { SPATIAL_ATTENTION_VARIANTS, spatialAttention } from '../../kernels/attention/spatial_attention.ts'
import { temporalAttention } from '../../kernels/attention/temporal_attention.ts'
import { embedding } from '../../kernels/embedding/embedding.ts'
import { LAYER_NORM_VARIANTS, layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { LINEAR_VARIANTS, linear } from '../../kernels/linear/linear.ts'
import type { Decoding } from '../../kernels/maskgit/decoding.ts'
import { sample } from '../../kernels/maskgit/sample.ts'
import { patchify } from '../../kernels/pixels/patchify.ts'
import { unpatchify } from '../../kernels/pixels/unpatchify.ts'
import { splitHeads } from '../../kernels/split_heads/split_heads.ts'
import { vqLookup } from '../../kernels/vq/vq_lookup.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Kernel } from '../gpu/kernel.ts'
import type { Program } from '../gpu/program.ts'
import type { ElementType, Tensor } from '../gpu/tensor.ts'
import { LARGEST } from '../model/unmasking.ts'
import { upload } from '../weights/load.ts'

/** Makes an input tensor, which the benchmark frees. */
type InputFactory = (shape: number[], fill?: 'random' | 'small integers' | 'zero', type?: ElementType) => Tensor

export interface BenchCase {
  kernel: string
  shape: string
  flops: number
  /** Elements read and written, each counted once. */
  elements: number
  /** What each variant requires of a device, by the variant's name. The first is the reference for the others. */
  variants: Record<string, Kernel['requires']>
  /** Records the operation on fresh inputs and returns its output. */
  record(p: Program, make: InputFactory): Tensor
}

/** S, tokens per frame, and D, width, of the models that the cases are taken from. */
const QUICK: [S: number, D: number][] = [
  [64, 192],
  [256, 256],
]
const FULL: [S: number, D: number][] = [
  ...QUICK,
  [64, 128],
  [256, 512],
  [920, 512],
  [920, 1024],
  [4096, 512],
  [4096, 1024],
]
const T = 16
const HEAD_WIDTH = 32

/** @param full all shapes, not only those of small worlds */
export function benchCases(full: boolean): BenchCase[] {
  return (full ? FULL : QUICK).flatMap(([S, D]) => [
    ...[
      [D, 3 * D],
      [D, 4 * D],
      [4 * D, D],
    ].map(([inner, outer]) => linearCase(S, inner!, outer!)),
    layerNormCase(S, D),
    spatialCase(S, D),
    temporalCase(S, D),
    splitHeadsCase(S, D),
    embeddingCase(S, D),
    sampleCase(S),
    vqCase(S),
    ...patchCases(S),
  ])
}

const requirementsOf = (variants: Record<string, Kernel>) =>
  Object.fromEntries(Object.entries(variants).map(([name, { requires }]) => [name, requires]))

export function linearCase(S: number, inner: number, outer: number): BenchCase {
  return {
    kernel: 'linear',
    shape: `${S}×${inner} · ${inner}×${outer}`,
    flops: 2 * S * inner * outer,
    elements: S * inner + inner * outer + S * outer,
    variants: requirementsOf(Object.fromEntries(Object.entries(LINEAR_VARIANTS).map(([name, v]) => [name, v.kernel]))),
    record: (p, make) => linear(p, make([S, inner]), make([inner, outer]), { bias: make([outer], 'random', 'f32') }),
  }
}

export function layerNormCase(S: number, D: number): BenchCase {
  return {
    kernel: 'layer_norm',
    shape: `${S}×${D}`,
    flops: 8 * S * D,
    elements: 2 * S * D + 2 * D,
    variants: requirementsOf(LAYER_NORM_VARIANTS),
    record: (p, make) => layerNorm(p, make([S, D]), make([D], 'random', 'f32'), make([D], 'random', 'f32')),
  }
}

/** Heads of 32 channels. */
export function spatialCase(S: number, D: number): BenchCase {
  const shape = { positions: S, heads: D / HEAD_WIDTH, headWidth: HEAD_WIDTH }
  return {
    kernel: 'spatial_attention',
    shape: `${S} tokens × ${D}`,
    flops: 4 * S * S * D,
    elements: 4 * S * D,
    variants: requirementsOf(SPATIAL_ATTENTION_VARIANTS),
    record: (p, make) => spatialAttention(p, make([S, D]), make([S, D]), make([S, D]), shape),
  }
}

export function temporalCase(S: number, D: number, frames = T): BenchCase {
  const shape = { positions: S, heads: D / HEAD_WIDTH, headWidth: HEAD_WIDTH, guidancePasses: 1 }
  return {
    kernel: 'temporal_attention',
    shape: `${frames} frames × ${S} tokens × ${D}`,
    flops: 4 * frames * S * D,
    elements: 2 * frames * S * D + 2 * S * D,
    variants: { online: undefined },
    record(p, make) {
      const ring = { keys: make([frames, S, D]), values: make([frames, S, D]), slots: frames }
      const frameInfo = make([3], 'zero', 'i32')
      p.gpu.write(frameInfo, new Int32Array([frames, 0, 0])) // a full window
      return temporalAttention(p, make([S, D]), ring, make([shape.heads, frames], 'random', 'f32'), frameInfo, shape)
    },
  }
}

function splitHeadsCase(S: number, D: number): BenchCase {
  const heads = { positions: S, heads: D / HEAD_WIDTH, headWidth: HEAD_WIDTH }
  return {
    kernel: 'split_heads',
    shape: `${S}×${3 * D}`,
    flops: 5 * S * D,
    elements: 6 * S * D,
    variants: { plain: undefined },
    record(p, make) {
      const norm = { q: make([HEAD_WIDTH], 'random', 'f32'), k: make([HEAD_WIDTH], 'random', 'f32') }
      return splitHeads(p, make([S, 3 * D]), { ...heads, norm }).q
    },
  }
}

const CODES = 512
const CODE_WIDTH = 32

function embeddingCase(S: number, D: number): BenchCase {
  return {
    kernel: 'embedding',
    shape: `${S}×${D}`,
    flops: S * D,
    elements: 3 * S * D,
    variants: { plain: undefined },
    record: (p, make) => embedding(p, make([S], 'small integers', 'i32'), make([CODES + 1, D]), make([S, D])),
  }
}

function sampleCase(S: number): BenchCase {
  return {
    kernel: 'sample',
    shape: `${S} tokens × ${CODES} codes`,
    flops: 30 * S * CODES, // about: two logarithms and a hash per candidate
    elements: S * CODES,
    variants: { plain: undefined },
    record(p, make) {
      const d: Decoding = {
        tokens: make([S], 'zero', 'i32'),
        schedule: make([1, 5], 'zero', 'u32'),
        maskedCount: make([2], 'zero', 'u32'),
        stepIndex: make([1], 'zero', 'u32'),
        frameInfo: make([3], 'zero', 'u32'),
      }
      p.gpu.write(d.tokens, new Int32Array(S).fill(CODES)) // all masked
      p.gpu.write(d.schedule, new Float32Array([1, 1, 1, 0, LARGEST]))
      return sample(p, make([S, CODES]), d).confidence
    },
  }
}

function vqCase(S: number): BenchCase {
  return {
    kernel: 'vq_lookup',
    shape: `${S}×${CODE_WIDTH}, ${CODES} codes`,
    flops: 2 * S * CODES * CODE_WIDTH,
    elements: S * CODE_WIDTH + CODES * CODE_WIDTH + S,
    variants: { plain: undefined },
    record(p, make) {
      const codes = make([S], 'zero', 'i32')
      vqLookup(p, make([S, CODE_WIDTH]), make([CODES, CODE_WIDTH], 'random', 'f32'), codes)
      return codes
    },
  }
}

function patchCases(S: number): BenchCase[] {
  const side = 8 * Math.ceil(Math.sqrt(S))
  const values = 3 * 8 * 8
  const patches = (side / 8) ** 2
  const common = { shape: `${side}×${side} pixels`, elements: 2 * patches * values, variants: { plain: undefined } }
  return [
    {
      ...common,
      kernel: 'patchify',
      flops: patches * values,
      record: (p, make) => patchify(p, make([1, side, side], 'small integers', 'u32'), 8),
    },
    {
      ...common,
      kernel: 'unpatchify',
      flops: 4 * patches * values,
      record(p, make) {
        const pixels = make([1, side, side, 3], 'zero', 'f32')
        unpatchify(p, make([patches, values]), 8, pixels)
        return pixels
      },
    },
  ]
}

/** Makes tensors of seeded random numbers in [-1, 1), or whole ones below 512, and adds each to `made`. */
export function inputFactory(gpu: Gpu, made: Tensor[]): InputFactory {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return (shape, fill = 'random', type = gpu.precision) => {
    const length = shape.reduce((a, b) => a * b, 1)
    let tensor: Tensor
    if (fill === 'random' && (type === 'f32' || type === 'f16'))
      tensor = upload(
        gpu,
        'input',
        shape,
        Float32Array.from({ length }, () => 2 * random() - 1),
        type,
      )
    else {
      tensor = gpu.tensor('input', shape, type)
      if (fill === 'small integers')
        gpu.write(
          tensor,
          Int32Array.from({ length }, () => Math.floor(CODES * random())),
        )
    }
    made.push(tensor)
    return tensor
  }
}
