// A jasmine config in the engine's terms: its block, its positions, its unmasking.

import type { BlockSpec } from '../../model/block.ts'
import { checkSampling, type SamplingConfig, type TransformerConfig } from '../../model/config.ts'
import { sinusoid } from '../../model/sinusoid.ts'
import { LARGEST, type Step } from '../../model/unmasking.ts'
import { FormatError } from '../../weights/safetensors.ts'

/** The block of all its transformers. @param window frames of a forward pass @throws FormatError for an odd width */
export function jasmineBlock({ width, heads, ffn }: TransformerConfig, window: number): BlockSpec {
  if (width % 2 !== 0)
    throw new FormatError(`config.json: width ${width} is odd, but its positions are pairs of sine and cosine`)
  return {
    width,
    heads,
    window,
    attention: ['spatial', 'temporal'],
    norm: { kind: 'layer_eps_1e-6', place: 'pre' },
    qkvBias: true,
    qkNorm: false,
    temporalPosition: 'absolute',
    ffn: { kind: 'gelu', width: ffn },
  }
}

/** Sinusoidal positions i = 0 … count - 1, [count, width]. */
export const sinusoids = (count: number, width: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count * width }, (_, at) => sinusoid(Math.floor(at / width), at % width, width))

/** Sinusoidal positions of `frames` frames of `tokens` tokens: that of the frame plus that of the token, [frames · tokens, width]. */
export function sinusoidsOfFrames(frames: number, tokens: number, width: number): Float32Array<ArrayBuffer> {
  const table = sinusoids(Math.max(frames, tokens), width)
  return Float32Array.from({ length: frames * tokens * width }, (_, at) => {
    const [row, channel] = [Math.floor(at / width), at % width]
    return table[Math.floor(row / tokens) * width + channel]! + table[(row % tokens) * width + channel]!
  })
}

/**
 * Its decoding steps. At step s of n the logits are divided by temperature · (1 - c) with c = cos(π/2 · (s+1)/n), and
 * positions - round(positions · (1 - c)) + 1 positions stay masked; after the last step none. Steps that unmask nothing are left out.
 */
export function jasmineSteps(positions: number, sampling: SamplingConfig): Step[] {
  const { steps: n, temperature, guidance } = checkSampling(sampling, 'sampling')
  const steps: Step[] = []
  let masked = positions
  for (let s = 0; s < n; s++) {
    // In 32-bit floats, as its code computes it: halves round to even.
    const angle = Math.fround(Math.fround(Math.fround(Math.PI) * (s + 1)) / (2 * n))
    const known = Math.fround(1 - Math.fround(Math.cos(angle)))
    const maskedAfter = s === n - 1 ? 0 : positions - roundToEven(Math.fround(positions * known)) + 1
    if (maskedAfter >= masked) continue
    masked = maskedAfter
    steps.push({ temperature: temperature * known, choiceNoise: 1, guidance, maskedAfter, logThreshold: LARGEST })
  }
  return steps
}

function roundToEven(v: number): number {
  const below = Math.floor(v)
  return v - below === 0.5 ? below + (below % 2) : Math.round(v)
}
