// onnxruntime-web as a peer, on its WebGPU and its WebAssembly back end: single operations, and sessions of whole models
// (onnx_models.ts). Each back end is a separate build of that library, loaded as it is published.

import type * as Ort from 'onnxruntime-web'
import type { BenchCase } from '../src/bench/cases.ts'
import type { OnnxModels } from './onnx_models.ts'
import type { Peer, Prepared } from './peers.ts'

export interface OrtRuntime {
  name: string
  /** Whether it computes on the CPU itself. */
  isOnCpu: boolean
  peer(models: OnnxModels): Peer
  /** Runs a model with i32 inputs and one output. */
  session(model: Uint8Array): Promise<(feeds: Record<string, Feed>) => Promise<Float32Array>>
}
interface Feed {
  values: Int32Array
  shape: number[]
}

const FOLDER = '/node_modules/onnxruntime-web/dist/'

export async function openOrt(backEnd: 'webgpu' | 'wasm'): Promise<OrtRuntime> {
  const ort: typeof Ort = await import(/* @vite-ignore */ `${FOLDER}ort.${backEnd}.min.mjs`)
  ort.env.wasm.wasmPaths = FOLDER
  ort.env.wasm.numThreads = navigator.hardwareConcurrency
  ort.env.logLevel = 'error'
  const name = `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}, ${backEnd}`
  const open = (model: Uint8Array, onGpu: boolean) =>
    ort.InferenceSession.create(model, {
      executionProviders: [backEnd],
      graphOptimizationLevel: 'all',
      ...(onGpu && { preferredOutputLocation: 'gpu-buffer' }),
    })
  return {
    name,
    isOnCpu: backEnd === 'wasm',
    peer: models => ({
      name,
      prepare: async (benchCase, inputs) => {
        const { model, feeds, read } = operands(benchCase, inputs, models)
        const onGpu = backEnd === 'webgpu'
        const session = await open(model, onGpu)
        const device = onGpu ? ((await ort.env.webgpu.device) as GPUDevice) : undefined
        const buffers: GPUBuffer[] = []
        const tensors = Object.fromEntries(
          Object.entries(feeds).map(([key, { values, shape }]) => {
            if (!device) return [key, new ort.Tensor('float32', values, shape)]
            const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
            const gpuBuffer = device.createBuffer({ size: Math.max(16, 4 * values.length), usage })
            device.queue.writeBuffer(gpuBuffer, 0, values)
            buffers.push(gpuBuffer)
            return [key, ort.Tensor.fromGpuBuffer(gpuBuffer as never, { dataType: 'float32', dims: shape })]
          }),
        )
        let y: Ort.Tensor | undefined
        const prepared: Prepared = {
          async run() {
            y?.dispose()
            y = (await session.run(tensors))[session.outputNames[0]!]
          },
          finish: async () => void (await device?.queue.onSubmittedWorkDone()),
          result: async () => read((await y!.getData()) as Float32Array),
          dispose() {
            y?.dispose()
            for (const b of buffers) b.destroy()
            void session.release()
          },
        }
        return prepared
      },
    }),
    async session(model) {
      const session = await open(model, false)
      return async feeds => {
        const tensors = Object.entries(feeds).map(([key, f]) => [key, new ort.Tensor('int32', f.values, f.shape)])
        const y = (await session.run(Object.fromEntries(tensors)))[session.outputNames[0]!]!
        return (await y.getData()) as Float32Array
      }
    },
  }
}

interface Input {
  shape: readonly number[]
  values: Float32Array<ArrayBuffer>
}

interface Split extends Input {
  shape: number[]
}

/** The model of a case, its inputs by name, and the function that brings its result into the engine's layout. */
function operands(
  { kernel }: BenchCase,
  inputs: { shape: readonly number[]; values: Float32Array }[],
  models: OnnxModels,
) {
  const named = (names: string[]): Record<string, Split> =>
    Object.fromEntries(names.map((name, i) => [name, { ...(inputs[i] as Input), shape: [...inputs[i]!.shape] }]))
  if (kernel === 'linear' || kernel === 'layer_norm')
    return { model: models[kernel], feeds: named(['x', 'w', 'b']), read: same }
  const [S, D] = inputs[0]!.shape as [number, number]
  const heads = byHead(S, D)
  const [q, k, v] = inputs.map(({ values }) => heads.split(values)) as [Split, Split, Split]
  q.values.forEach((x, i) => {
    q.values[i] = x / Math.sqrt(HEAD_WIDTH)
  })
  return {
    model: models.attention,
    feeds: { q, k, v } as Record<string, Split>,
    read: heads.join,
  }
}

const same = (values: Float32Array): ArrayLike<number> => values
export const HEAD_WIDTH = 32

/** [S, D] ↔ [heads, S, d]. */
export function byHead(S: number, D: number) {
  const heads = D / HEAD_WIDTH
  const at = (h: number, s: number, i: number) => (h * S + s) * HEAD_WIDTH + i
  const each = (visit: (split: number, joined: number) => void) => {
    for (let h = 0; h < heads; h++)
      for (let s = 0; s < S; s++)
        for (let i = 0; i < HEAD_WIDTH; i++) visit(at(h, s, i), (s * heads + h) * HEAD_WIDTH + i)
  }
  return {
    split(values: Float32Array): { shape: number[]; values: Float32Array<ArrayBuffer> } {
      const out = new Float32Array(S * D)
      each((split, joined) => {
        out[split] = values[joined]!
      })
      return { shape: [heads, S, HEAD_WIDTH], values: out }
    },
    join(values: ArrayLike<number>): Float32Array {
      const out = new Float32Array(S * D)
      each((split, joined) => {
        out[joined] = values[split]!
      })
      return out
    },
  }
}
