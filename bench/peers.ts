// Runs the same operations in other libraries, in the same page on the same adapter: onnxruntime-web on its WebGPU and
// WebAssembly back ends, and TensorFlow.js on WebGPU. Results must be equal before anything is timed. Operands stay on the
// peer's device. It measures single operations and the whole dynamics model; played_peers.ts measures played frames.

import { type BenchCase, layerNormCase, linearCase, spatialCase } from '../src/bench/cases.ts'
import { record } from '../src/bench/kernels.ts'
import { difference, type PeerRow } from '../src/bench/report.ts'
import { asDjinn } from '../src/families/djinn.ts'
import type { Gpu } from '../src/gpu/gpu.ts'
import { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { median } from '../src/statistics.ts'
import type { ModelSource } from '../src/weights/model_source.ts'
import { readFloats } from '../src/weights/read_floats.ts'
import { loadModel } from '../src/world/model.ts'
import type { OnnxModels } from './onnx_models.ts'
import { type OrtRuntime, openOrt } from './ort.ts'
import { comparePlay, type Greedy } from './played_peers.ts'
import { openTfjs } from './tfjs.ts'

/** Steps of the ordinary decoding loop: without a cache and without a threshold, as a user of ONNX would write it. */
const ORDINARY_STEPS = 4
const TOLERANCE = 1e-3 // of the largest number

/** A peer's operation with its operands: `run` queues it once, `finish` waits for all runs, `result` reads the last one's output. */
export interface Prepared {
  run(): Promise<void> | void
  finish(): Promise<void>
  result(): Promise<ArrayLike<number>>
  dispose(): void
}

export interface Peer {
  name: string
  /** @param inputs in the order in which the case makes them */
  prepare(benchCase: BenchCase, inputs: { shape: readonly number[]; values: Float32Array }[]): Promise<Prepared>
}

/** S, tokens per frame, and D, width. */
const QUICK: [number, number][] = [[64, 192]]
const FULL: [number, number][] = [...QUICK, [256, 256], [256, 512]]

interface PeerOptions {
  /** All shapes, not only those of small worlds. */
  full: boolean
  /** Milliseconds for a measurement. If one run takes longer, it is run twice and the second run counts. */
  budget: number
  source: ModelSource
  /** The prompt of a played world. */
  prompt: ImageBitmap
  models: OnnxModels
  onRow: (row: PeerRow) => void
}

export async function benchPeers(open: () => Promise<Gpu>, options: PeerOptions): Promise<void> {
  const ort = [await openOrt('webgpu'), await openOrt('wasm')]
  const peers: Peer[] = [...ort.map(runtime => runtime.peer(options.models)), await openTfjs()]
  const gpu = await open()
  for (const [S, D] of options.full ? FULL : QUICK)
    for (const benchCase of [linearCase(S, D, 3 * D), linearCase(S, 4 * D, D), layerNormCase(S, D), spatialCase(S, D)])
      await compareOperation(gpu, benchCase, peers, options)
  gpu.dispose()
  for (const runtime of ort) await compareModel(open, runtime, options)
}

/** The whole model and played frames only, beside onnxruntime-web's WebAssembly. */
export async function benchPlay(open: () => Promise<Gpu>, options: PeerOptions): Promise<void> {
  await compareModel(open, await openOrt('wasm'), options)
}

/** Milliseconds per run, of many runs that are waited for once: the median of three. */
async function timed(run: () => Promise<void> | void, finish: () => Promise<void>, budget: number): Promise<number> {
  const repeat = async (count: number) => {
    const start = performance.now()
    for (let i = 0; i < count; i++) await run()
    await finish()
    return (performance.now() - start) / count
  }
  await repeat(1)
  const once = await repeat(1)
  if (once > budget) return once
  const count = Math.max(1, Math.min(200, Math.round(budget / 3 / once)))
  return median([await repeat(count), await repeat(count), await repeat(count)])
}

async function compareOperation(gpu: Gpu, benchCase: BenchCase, peers: Peer[], { budget, onRow }: PeerOptions) {
  const made: Tensor[] = []
  const { program, output } = record(gpu, benchCase, made)
  await program.build()
  const inputs = []
  for (const t of made.filter(t => t.label === 'input'))
    inputs.push({ shape: t.shape, values: (await readFloats(gpu, t)).slice() })
  program.run()
  const reference = (await readFloats(gpu, output)).slice()
  const finish = () => gpu.device.queue.onSubmittedWorkDone().then(() => undefined)
  for (const { name, prepare } of peers) {
    const row: PeerRow = {
      what: benchCase.kernel,
      shape: benchCase.shape,
      peer: name,
      ours: null,
      theirs: null,
      ratio: null,
      correct: false,
    }
    try {
      const theirs = await prepare(benchCase, inputs)
      await theirs.run()
      const off = difference(await theirs.result(), reference)
      if (off > TOLERANCE)
        onRow({ ...row, note: `its results differ by ${off.toExponential(1)} of the largest number` })
      else {
        // The engine is timed again beside each peer, so that other work on the machine slows both.
        const ourTime = await timed(() => program.run(), finish, budget)
        const theirTime = await timed(theirs.run, theirs.finish, budget)
        onRow({ ...row, ours: ourTime, theirs: theirTime, ratio: theirTime / ourTime, correct: true })
      }
      theirs.dispose()
    } catch (error) {
      onRow({ ...row, note: `it failed: ${error instanceof Error ? error.message : error}` })
    }
  }
  gpu.free(...made)
}

/** Compares one pass of the dynamics over a whole window, without a KV cache, and then played frames. */
async function compareModel(
  open: () => Promise<Gpu>,
  runtime: OrtRuntime,
  { source, prompt, models, budget, onRow }: PeerOptions,
) {
  const own = await open()
  const model = await loadModel(source, { device: own.device })
  const { gpu, config } = model
  const { dynamics } = asDjinn(model)
  const { window } = config.dynamics
  const [S, K] = [dynamics.tokensPerFrame, config.tokenizer.codes]
  const tokens = Int32Array.from({ length: window * S }, (_, i) => (i * 7919) % K)
  tokens.fill(K, (window - 1) * S) // the newest frame is masked
  const actions = Int32Array.from({ length: window }, (_, t) => (t === 0 ? -1 : t % config.latent_action.actions))
  const shape = `${config.name}, ${window} frames × ${S} tokens`
  const base: PeerRow = { what: '', shape, peer: runtime.name, ours: null, theirs: null, ratio: null, correct: false }
  try {
    const session = await runtime.session(models.dynamics)
    const p = new Program(gpu, 'whole forward')
    const input = gpu.tensor('tokens', [window * S], 'i32')
    const frameInfo = gpu.tensor('frameInfo', [2 + window], 'i32')
    gpu.write(input, tokens)
    gpu.write(frameInfo, Int32Array.from([0, 0, ...actions]))
    const logits = dynamics.forward(p, input, { frameInfo, cache: dynamics.kvCache(window) })
    p.output(logits)
    await p.build()
    p.run()
    const ours = await readFloats(gpu, logits)
    const theirs = () =>
      session({ tokens: { values: tokens, shape: [window, S] }, actions: { values: actions, shape: [window] } })
    const off = difference(await theirs(), ours)
    const what = 'dynamics, whole forward'
    if (off > TOLERANCE) onRow({ ...base, what, note: `its logits differ by ${off.toExponential(1)} of the largest` })
    else {
      const finish = () => gpu.device.queue.onSubmittedWorkDone().then(() => undefined)
      const ourTime = await timed(() => p.run(), finish, budget)
      const theirTime = await timed(
        async () => void (await theirs()),
        async () => undefined,
        budget,
      )
      onRow({ ...base, what, ours: ourTime, theirs: theirTime, ratio: theirTime / ourTime, correct: true })
    }
    const { steps, threshold = 1 } = config.sampling
    const [ordinary, adaptive] = [{ steps: ORDINARY_STEPS }, { steps, threshold }]
    // On WebGPU a frame may take many seconds: it is played once, with the world's own steps.
    const plays: [Greedy | 'as shipped', Greedy][] = runtime.isOnCpu
      ? [
          [ordinary, ordinary],
          [{ steps }, { steps }],
          ['as shipped', ordinary],
          ['as shipped', adaptive],
        ]
      : [[{ steps }, { steps }]]
    for (const settings of plays)
      onRow({ ...base, ...(await comparePlay(own.device, source, prompt, runtime, models, settings)) })
  } catch (error) {
    onRow({ ...base, what: 'dynamics', note: `it failed: ${error instanceof Error ? error.message : error}` })
  }
  own.device.destroy()
}
