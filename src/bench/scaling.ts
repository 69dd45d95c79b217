// Scaling: time and GPU memory of a played frame against tokens per frame, window, frames played and parameters. The worlds
// have zero weights, which take the same time as any others.

import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { dynamicsTensors } from '../model/dynamics.ts'
import { median } from '../statistics.ts'
import type { CostPoint } from '../world/adapters.ts'
import { zeroModel } from '../world/memory.ts'
import { World } from '../world/world.ts'

interface ScalingPoint {
  x: number
  /** Milliseconds of a played frame: the median. */
  ms: number
  /** Bytes on the GPU. */
  bytes: number
}
type Scaling = Record<'tokens a frame' | 'window' | 'frames played' | 'parameters', ScalingPoint[]>

const FRAMES = 3

/** A world of the given size, with a small decoder: frames of patches of 8 pixels. */
export function configOf({ tokens, width, layers, steps }: Omit<CostPoint, 'ms'>): Config {
  const side = 8 * Math.sqrt(tokens)
  const small = { width: 64, heads: 2, ffn: 128, encoder_layers: 1, decoder_layers: 1, code_width: 16 }
  return {
    format: 'genie-1',
    name: 'zeros',
    frame: { height: side, width: side, rate: 10 },
    tokenizer: { ...small, patch: 8, window: 4, codes: 256 },
    latent_action: { ...small, patch: 8, window: 2, actions: 4 },
    dynamics: { width, heads: width / 32, ffn: 2 * width, layers, window: 8, qk_norm: true },
    sampling: { steps, temperature: 0, choice_temperature: 0, guidance: 1 },
  }
}

const BASE_SIZE = { tokens: 64, width: 128, layers: 2, steps: 2 }
const BASE = configOf(BASE_SIZE)

export async function measureScaling(gpu: Gpu): Promise<Scaling> {
  const at = async (x: number, config: Config, frames = config.dynamics.window) => ({
    x,
    ...(await measureFrame(gpu, config, frames)),
  })
  const scaling: Scaling = { 'tokens a frame': [], window: [], 'frames played': [], parameters: [] }
  for (const tokens of [16, 64, 144, 256, 576])
    scaling['tokens a frame'].push(await at(tokens, configOf({ ...BASE_SIZE, tokens })))
  for (const window of [2, 8, 16, 32, 64])
    scaling.window.push(await at(window, { ...BASE, dynamics: { ...BASE.dynamics, window } }))
  for (const frames of [8, 32, 64, 128]) scaling['frames played'].push(await at(frames, BASE, frames))
  for (const layers of [1, 2, 4, 8]) {
    const config = configOf({ ...BASE_SIZE, layers })
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
