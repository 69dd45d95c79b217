// A model of any sizes with seeded random weights, in memory: what tests play when no trained one is at hand.

import type { Config } from '../../src/model/config.ts'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { latentActionTensors } from '../../src/model/latent_action.ts'
import { tokenizerTensors } from '../../src/model/tokenizer.ts'
import { FormatError } from '../../src/weights/format_error.ts'
import type { ParameterSpec } from '../../src/weights/load.ts'
import type { ModelSource } from '../../src/weights/model_source.ts'
import { bytesSource, type HostTensor, hostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'

/** Uniform numbers in [-1, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/** A small config with awkward sizes; parts may be replaced. */
export function smallConfig(change: { [K in keyof Config]?: Partial<Config[K]> } = {}): Config {
  const base: Config = {
    format: 'genie-1',
    name: 'small',
    frame: { height: 10, width: 14, rate: 10 },
    tokenizer: {
      patch: 4,
      width: 12,
      heads: 2,
      ffn: 20,
      window: 3,
      encoder_layers: 1,
      decoder_layers: 1,
      codes: 19,
      code_width: 6,
    },
    latent_action: {
      patch: 5,
      width: 12,
      heads: 3,
      ffn: 20,
      window: 2,
      encoder_layers: 1,
      decoder_layers: 1,
      actions: 5,
      code_width: 4,
    },
    dynamics: { width: 20, heads: 2, ffn: 28, layers: 2, window: 4, qk_norm: true },
    sampling: { steps: 3, temperature: 1, choice_temperature: 1, guidance: 1 },
  }
  const parts = Object.entries(change).map(([name, part]) => [
    name,
    typeof part === 'object' ? { ...(base[name as keyof Config] as object), ...part } : part,
  ])
  return { ...base, ...Object.fromEntries(parts) }
}

/** F32 tensors for specs: gains near 1, everything else about 1/√width. */
function randomTensors(specs: readonly ParameterSpec[], seed: number): Record<string, HostTensor> {
  const random = randomNumbers(seed)
  return Object.fromEntries(
    specs.map(({ name, shape }) => {
      const gain = /norm\.weight$/.test(name)
      const scale = gain ? 0.2 : 1.7 / Math.sqrt(shape.at(-1)!)
      const length = shape.reduce((a, b) => a * b, 1)
      return [
        name,
        hostTensor(
          Float32Array.from({ length }, () => (gain ? 1 : 0) + scale * random()),
          shape,
        ),
      ]
    }),
  )
}

/** The files of a model folder, to be changed before they are served. */
export type Files = Record<string, Uint8Array>

export function randomModel(config: Config, seed = 1): Files {
  const file = (specs: ParameterSpec[], salt: number) => joined(writeSafetensors(randomTensors(specs, seed + salt)))
  return {
    'config.json': new TextEncoder().encode(JSON.stringify(config)),
    'tokenizer.safetensors': file(tokenizerTensors(config), 0),
    'latent_action.safetensors': file(latentActionTensors(config), 1000),
    'dynamics.safetensors': file(dynamicsTensors(config), 2000),
  }
}

export function filesSource(files: Files, name = 'memory'): ModelSource {
  return {
    name,
    async open(file) {
      const bytes = files[file]
      if (!bytes) throw new FormatError(`${name}/${file} is missing`)
      return bytesSource(file, bytes)
    },
  }
}

/** A picture of random pixels. */
export function randomPicture(
  width: number,
  height: number,
  seed = 1,
): { width: number; height: number; data: Uint8Array } {
  const random = randomNumbers(seed)
  return {
    width,
    height,
    data: Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : 128 + 127 * random())),
  }
}
