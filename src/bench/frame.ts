// Measures a played frame of a world: from submit to done, its JavaScript, the first frame after the weights are in memory, and
// the time of each kernel.

import { asDjinn } from '../families/djinn.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { samplingSchedule } from '../model/maskgit_decoder.ts'
import { median } from '../statistics.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { bytesSource } from '../weights/safetensors.ts'
import { loadModel } from '../world/model.ts'
import { World } from '../world/world.ts'
import { type KernelTime, profileKernels } from './kernel_profile.ts'

export interface FrameReport {
  name: string
  steps: number
  /** Milliseconds of a played frame, from `step` to done: the median. */
  frame: number
  /** Milliseconds of JavaScript in it: the median. */
  javascript: number
  /** Milliseconds on a fresh device from weights in memory to the first played frame, including compilation. */
  firstFrame: number
  /** Bytes on the GPU. */
  bytes: number
  profile: KernelTime[]
}

const FRAMES = 20

/**
 * @param source a model; its files are first read into memory
 * @param open returns a new device, destroyed at the end
 * @param onNext called before each part is measured
 * @returns what was measured until the end, or until `signal` aborted
 * @throws the signal's reason when it aborts before the world is loaded
 */
export async function benchFrame(
  source: ModelSource,
  open: () => Promise<Gpu>,
  {
    onNext,
    signal,
  }: { onNext?: (done: number, total: number, what: string) => void; signal?: AbortSignal | undefined } = {},
): Promise<FrameReport> {
  const next = (done: number, what: string) => onNext?.(done, FRAMES + 2, what)
  next(0, 'the first frame')
  const files = await inMemory(source)
  const { device } = await open()
  try {
    const begun = performance.now()
    const world = await World.load(files, { device, signal })
    const { width, height } = world.config.frame
    const picture = { width, height, data: new Uint8Array(4 * width * height).fill(128) }
    await world.prompt(picture)
    world.step(0)
    await device.queue.onSubmittedWorkDone()
    const firstFrame = performance.now() - begun

    const frames: number[] = []
    const script: number[] = []
    for (let i = 0; i < FRAMES && !(i > 0 && signal?.aborted); i++) {
      next(i + 1, `played frame ${i + 1} of ${FRAMES}`)
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
    if (signal?.aborted) return { ...report, bytes, profile: [] }
    next(FRAMES + 1, 'a frame by kernel')
    return { ...report, bytes, profile: await profileFrame(files, device) }
  } finally {
    device.destroy()
  }
}

/** Profiles a frame after a full window: its decoding steps and the pixel decoder. */
async function profileFrame(files: ModelSource, device: GPUDevice): Promise<KernelTime[]> {
  if (!device.features.has('timestamp-query')) return []
  const model = await loadModel(files, { device })
  const gpu = model.gpu.scope()
  const state = await asDjinn(model).createState(gpu).build()
  const { sampling } = model.config
  const { maskgit, decoder } = state
  maskgit.setSampling(sampling)
  maskgit.setFrameInfo(model.config.dynamics.window, 0, 0)
  const steps = samplingSchedule(state.model.dynamics.tokensPerFrame, sampling).length
  const [first, later] = maskgit.programs({ ...sampling, steps: 2 })
  const programs = [
    { program: first!, times: 1 },
    { program: later!, times: steps - 1 },
    { program: decoder, times: 1 },
  ]
  return profileKernels(gpu, programs)
}

/** The files that play needs, read into memory. */
export async function inMemory(source: ModelSource): Promise<ModelSource> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const name of ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors']) {
    const pieces: Uint8Array<ArrayBuffer>[] = []
    for await (const piece of (await source.open(name)).stream()) pieces.push(new Uint8Array(piece))
    files.set(name, new Uint8Array(await new Blob(pieces).arrayBuffer()))
  }
  return { name: source.name, open: async name => bytesSource(name, files.get(name)!) }
}
