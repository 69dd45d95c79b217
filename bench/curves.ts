// What a played frame costs as a world grows: time and GPU memory against tokens a frame, window, history and parameters. Worlds of
// zeros take the time of any others.

import type { Gpu } from '../src/gpu/gpu.ts'
import type { Config } from '../src/model/config.ts'
import { dynamicsTensors } from '../src/model/dynamics.ts'
import { zeroModel } from '../src/world/memory.ts'
import { World } from '../src/world/world.ts'
import { median } from './report.ts'

export interface Point {
  x: number
  /** Milliseconds of a played frame. */
  ms: number
  /** On the GPU. */
  bytes: number
}
export type Curves = Record<'tokens a frame' | 'window' | 'frames played' | 'parameters', Point[]>

const FRAMES = 3

const BASE: Config = {
  format: 'genie-1',
  name: 'zeros',
  frame: { height: 64, width: 64, rate: 10 },
  tokenizer: {
    patch: 8,
    width: 64,
    heads: 2,
    ffn: 128,
    encoder_layers: 1,
    decoder_layers: 1,
    window: 4,
    codes: 256,
    code_width: 16,
  },
  latent_action: {
    patch: 16,
    width: 64,
    heads: 2,
    ffn: 128,
    encoder_layers: 1,
    decoder_layers: 1,
    window: 2,
    actions: 4,
    code_width: 16,
  },
  dynamics: { width: 128, heads: 4, ffn: 256, layers: 2, window: 8, qk_norm: true },
  sampling: { steps: 2, temperature: 0, choice_temperature: 0, guidance: 1 },
}

export async function costCurves(gpu: Gpu): Promise<Curves> {
  const at = async (x: number, config: Config, frames = config.dynamics.window) => ({
    x,
    ...(await cost(gpu, config, frames)),
  })
  const curves: Curves = { 'tokens a frame': [], window: [], 'frames played': [], parameters: [] }
  for (const side of [32, 64, 96, 128, 192])
    curves['tokens a frame'].push(
      await at((side / 8) ** 2, { ...BASE, frame: { ...BASE.frame, height: side, width: side } }),
    )
  for (const window of [2, 8, 16, 32, 64])
    curves.window.push(await at(window, { ...BASE, dynamics: { ...BASE.dynamics, window } }))
  for (const frames of [8, 32, 64, 128]) curves['frames played'].push(await at(frames, BASE, frames))
  for (const layers of [1, 2, 4, 8]) {
    const config = { ...BASE, dynamics: { ...BASE.dynamics, layers } }
    const parameters = dynamicsTensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    curves.parameters.push(await at(parameters, config))
  }
  return curves
}

/** A frame with `history` frames behind it. */
async function cost({ device }: Gpu, config: Config, history: number): Promise<{ ms: number; bytes: number }> {
  const world = await World.load(zeroModel(config), { device })
  const S = (config.frame.height * config.frame.width) / config.tokenizer.patch ** 2
  await world.prompt(new Int32Array(S * Math.min(history, config.dynamics.window)))
  const play = async () => {
    await world.ready
    const start = performance.now()
    world.step(0)
    world.flush()
    await device.queue.onSubmittedWorkDone()
    return performance.now() - start
  }
  while (world.frame < Math.max(history, config.dynamics.window)) await play()
  const times: number[] = []
  for (let i = 0; i < FRAMES; i++) times.push(await play())
  const { bytes } = world.gpu
  world.dispose()
  return { ms: median(times), bytes }
}
