// Scaling: time and GPU memory of a played frame against tokens per frame, window, frames played and parameters. The worlds
// have zero weights, which take the same time as any others.

import type { Gpu } from '../gpu/gpu.ts'
import { median } from '../median.ts'
import type { Config } from '../model/config.ts'
import { dynamicsTensors } from '../model/dynamics.ts'
import { zeroModel } from '../world/memory.ts'
import { World } from '../world/world.ts'

interface ScalingPoint {
  x: number
  /** Milliseconds of a played frame: the median. */
  ms: number
  /** Bytes on the GPU. */
  bytes: number
}
export type Scaling = Record<'tokens a frame' | 'window' | 'frames played' | 'parameters', ScalingPoint[]>

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

export async function measureScaling(gpu: Gpu): Promise<Scaling> {
  const at = async (x: number, config: Config, frames = config.dynamics.window) => ({
    x,
    ...(await measureFrame(gpu, config, frames)),
  })
  const scaling: Scaling = { 'tokens a frame': [], window: [], 'frames played': [], parameters: [] }
  for (const side of [32, 64, 96, 128, 192])
    scaling['tokens a frame'].push(
      await at((side / 8) ** 2, { ...BASE, frame: { ...BASE.frame, height: side, width: side } }),
    )
  for (const window of [2, 8, 16, 32, 64])
    scaling.window.push(await at(window, { ...BASE, dynamics: { ...BASE.dynamics, window } }))
  for (const frames of [8, 32, 64, 128]) scaling['frames played'].push(await at(frames, BASE, frames))
  for (const layers of [1, 2, 4, 8]) {
    const config = { ...BASE, dynamics: { ...BASE.dynamics, layers } }
    const parameters = dynamicsTensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    scaling.parameters.push(await at(parameters, config))
  }
  return scaling
}

/** A frame played after `history` others. @param now milliseconds; default: wall time */
export async function measureFrame(
  { device, precision }: Gpu,
  config: Config,
  history: number,
  now = () => performance.now(),
): Promise<{ ms: number; bytes: number }> {
  const world = await World.load(zeroModel(config), { device, precision })
  const S = (config.frame.height * config.frame.width) / config.tokenizer.patch ** 2
  await world.prompt(new Int32Array(S * Math.min(history, config.dynamics.window)))
  const play = async () => {
    await world.ready
    const start = now()
    world.step(0)
    world.flush()
    await device.queue.onSubmittedWorkDone()
    return now() - start
  }
  while (world.frame < Math.max(history, config.dynamics.window)) await play()
  const times: number[] = []
  for (let i = 0; i < FRAMES; i++) times.push(await play())
  const { bytes } = world.gpu
  world.dispose()
  return { ms: median(times), bytes }
}
