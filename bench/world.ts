// A played frame of a shipped world, measured: from submit to done, the JavaScript of it, the first one after the weights are in
// memory, and where the time goes.

import { asDjinn } from '../src/families/djinn.ts'
import type { Gpu } from '../src/gpu/gpu.ts'
import { samplingSchedule } from '../src/model/maskgit_decoder.ts'
import type { ModelSource } from '../src/weights/model_source.ts'
import { bytesSource } from '../src/weights/safetensors.ts'
import { loadModel } from '../src/world/model.ts'
import { World } from '../src/world/world.ts'
import { type KernelTime, profileKernels } from './profile.ts'
import { median } from './report.ts'

export interface WorldReport {
  name: string
  steps: number
  /** Milliseconds of a played frame, submit to done. */
  frame: number
  /** Milliseconds of JavaScript in it. */
  javascript: number
  /** Milliseconds from weights in memory, on a fresh device, to a first played frame: compiling included. */
  firstFrame: number
  /** Bytes on the GPU. */
  bytes: number
  profile: KernelTime[]
}

const FRAMES = 20

/** @param source a model, whose files are read into memory first; @param open gives a device of its own */
export async function benchWorld(source: ModelSource, open: () => Promise<Gpu>): Promise<WorldReport> {
  const files = await inMemory(source)
  const device = (await open()).device
  const begun = performance.now()
  const world = await World.load(files, { device })
  const { width, height } = world.config.frame
  const picture = { width, height, data: new Uint8Array(4 * width * height).fill(128) }
  await world.prompt(picture)
  world.step(0)
  await device.queue.onSubmittedWorkDone()
  const firstFrame = performance.now() - begun

  const frames: number[] = []
  const script: number[] = []
  for (let i = 0; i < FRAMES; i++) {
    await world.ready
    const start = performance.now()
    world.step(i % world.actions)
    world.flush()
    script.push(performance.now() - start)
    await device.queue.onSubmittedWorkDone()
    frames.push(performance.now() - start)
  }
  const { name, sampling } = world.config
  const report = { name, steps: sampling.steps, frame: median(frames), javascript: median(script), firstFrame }
  const bytes = world.gpu.bytes
  world.dispose()
  const times = await profileFrame(files, device)
  device.destroy()
  return { ...report, bytes, profile: times }
}

/** By kernel, the steps, the commit and the decoder of a frame with a full window behind it. */
async function profileFrame(files: ModelSource, device: GPUDevice): Promise<KernelTime[]> {
  if (!device.features.has('timestamp-query')) return []
  const model = await loadModel(files, { device })
  const gpu = model.gpu.scope()
  const machine = await asDjinn(model).createState(gpu).build()
  const { sampling } = model.config
  const { maskgit: player, decoder } = machine
  player.setSampling(sampling)
  player.setFrameInfo(model.config.dynamics.window, 0, 0)
  const [begin, step, commit] = player.programs(sampling)
  const steps = samplingSchedule(player.tokens.length, sampling).length
  const programs = [
    { program: begin!, times: 1 },
    { program: step!, times: steps },
    { program: commit!, times: 1 },
    { program: decoder, times: 1 },
  ]
  return profileKernels(gpu, programs)
}

/** The files that play needs, read once. */
export async function inMemory(source: ModelSource): Promise<ModelSource> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const name of ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors']) {
    const pieces: Uint8Array<ArrayBuffer>[] = []
    for await (const piece of (await source.open(name)).stream()) pieces.push(new Uint8Array(piece))
    files.set(name, new Uint8Array(await new Blob(pieces).arrayBuffer()))
  }
  return { name: source.name, open: async name => bytesSource(name, files.get(name)!) }
}
