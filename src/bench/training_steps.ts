// Times a whole training step of each component: forward, backward, gradient clipping and AdamW. The weights are a model's, and
// reference/step_time.py makes the same batch for PyTorch, so equal first losses show that both computed the same.

import type { Gpu } from '../gpu/gpu.ts'
import { type Config, patchCount } from '../model/config.ts'
import type { Component } from '../training/component.ts'
import { type BatchShape, type LossWeights, SPEC_WEIGHTS } from '../training/losses.ts'
import { type Batch, TrainingStep } from '../training/step.ts'
import type { ByteSource } from '../weights/safetensors.ts'
import { median } from './report.ts'

export interface StepTime {
  component: Component
  shape: BatchShape
  /** Milliseconds of a step, from submit to done: the median. */
  ms: number
  /** Before the first step. */
  loss: number
}

/** Batches of about the size that `djinn train` uses. The decoder of the latent action model runs on all of its clips. */
export const STEP_SHAPES: Record<Component, BatchShape> = {
  tokenizer: { clips: 6, frames: 4 },
  latent_action: { clips: 8, frames: 3 },
  dynamics: { clips: 4, frames: 12 },
}

const PIXEL_WEIGHT = 20
const RATE = 1e-5
const ROUNDS = 5

/** @param open returns a component's weights */
export async function timeStep(
  gpu: Gpu,
  component: Component,
  config: Config,
  open: (file: string) => Promise<ByteSource>,
): Promise<StepTime> {
  const shape = STEP_SHAPES[component]
  const step = await TrainingStep.create(gpu, component, config, await open(`${component}.safetensors`), shape)
  step.write(BATCHES[component](config, shape))
  const terms: LossWeights =
    component === 'dynamics' ? SPEC_WEIGHTS : { ...SPEC_WEIGHTS, reconstruction: PIXEL_WEIGHT, crossEntropy: 0 }
  const times: number[] = []
  let loss = 0
  for (let t = 1; t <= ROUNDS + 1; t++) {
    step.configure({ step: t, learningRate: RATE, terms })
    const start = performance.now()
    step.run()
    await step.done()
    if (t > 1) times.push(performance.now() - start)
    else loss = (await step.read()).loss
  }
  return { component, shape, ms: median(times), loss }
}

/** Number i of a fixed sequence below `count`, computed alike in Python. */
const spread = (i: number, count: number): number => ((Math.imul(i, 2654435761) >>> 16) & 0x7fff) % count

const BATCHES: Record<Component, (config: Config, shape: BatchShape) => Batch> = {
  tokenizer(config, shape) {
    const frames = picturesOf(config, shape)
    const S = patchCount(config.frame, config.tokenizer.patch)
    const given = new Int32Array(shape.clips * shape.frames * S).fill(-1)
    return { frames, weights: new Float32Array(frames.length).fill(1), given }
  },
  latent_action(config, shape) {
    const frames = picturesOf(config, shape)
    const size = config.frame.height * config.frame.width
    const without = (left: number) => frames.filter((_, i) => Math.floor(i / size) % shape.frames !== left)
    const [before, after] = [without(shape.frames - 1), without(0)]
    const given = new Int32Array(shape.clips * (shape.frames - 1)).fill(-1)
    return { frames, before, after, weights: new Float32Array(after.length).fill(1), given }
  },
  dynamics(config, { clips, frames }) {
    const S = patchCount(config.frame, config.tokenizer.patch)
    const { codes } = config.tokenizer
    const targets = Int32Array.from({ length: clips * frames * S }, (_, i) => spread(i, codes))
    const isMasked = targets.map((_, i) => Number(Math.floor(i / S) % frames > 0 && i % 2 === 0))
    const masked = isMasked.reduce((a, b) => a + b)
    const clock = Int32Array.from({ length: 2 + clips * frames }, (_, i) => {
      const [clip, t] = [Math.floor((i - 2) / frames), (i - 2) % frames]
      if (i < 2) return 0
      return t === 0 ? -1 : spread(clip * (frames - 1) + t - 1, config.latent_action.actions)
    })
    return {
      targets,
      tokens: targets.map((token, i) => (isMasked[i] ? codes : token)),
      weights: Float32Array.from(isMasked, m => m / masked),
      clock,
    }
  },
}

/** u32 [clips · T, H, W], RGBA8: every channel of every pixel is the next spread number. */
function picturesOf({ frame }: Config, { clips, frames }: BatchShape): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: clips * frames * frame.height * frame.width }, (_, i) =>
    [0, 1, 2].reduce((word, c) => word | (spread(3 * i + c, 256) << (8 * c)), 0xff000000),
  )
}
