// Finds where NaN or infinity first appears in a Program.

import type { Program } from './program.ts'
import type { Tensor } from './tensor.ts'

/**
 * The first tensor that holds NaN or infinity: replays one dispatch at a time and reads what it touches. It waits for the GPU after
 * every dispatch, so it is for diagnosis only.
 * @returns the tensor's label
 */
export async function firstNonFinite(program: Program): Promise<string | undefined> {
  const { gpu, label } = program
  const submit = (record: (encoder: GPUCommandEncoder) => void) => {
    const encoder = gpu.device.createCommandEncoder({ label })
    record(encoder)
    gpu.submit(encoder)
  }
  // An earlier replay may have left such values in scratch memory that this one does not write.
  submit(encoder => {
    for (const buffer of gpu.scratch) encoder.clearBuffer(buffer)
  })
  const finite = new Set<Tensor>()
  const firstOf = async (tensors: readonly Tensor[]): Promise<string | undefined> => {
    for (const t of tensors) {
      const values = new Float32Array(await gpu.read(t)).subarray(0, t.length)
      if (t.type === 'f32' && !values.every(Number.isFinite)) return t.label
      finite.add(t)
    }
    return undefined
  }
  for (const { kernel, tensors, encode } of program.listDispatches()) {
    const before = await firstOf(tensors.filter((t, j) => kernel.bindings[j] !== 'write' && !finite.has(t)))
    if (before) return before
    submit(encoder => {
      const pass = encoder.beginComputePass()
      encode(pass)
      pass.end()
    })
    const after = await firstOf(tensors.filter((_, j) => kernel.bindings[j] !== 'read'))
    if (after) return after
  }
  return undefined
}
