// The Gpu of the commands that compute, and their --precision option.
import { Gpu } from '../gpu/gpu.ts'
import type { Precision } from '../gpu/kernel.ts'
import { type Arguments, type Option, UsageError } from './arguments.ts'
import { dawnOptions } from './dawn.ts'

export const precisionOption: Option = { value: 'TYPE', help: 'f32 or f16, the type of weights and activations' }

/** The value of --precision, if given. */
export function precisionOf(args: Arguments): Precision | undefined {
  const precision = args.text('precision')
  if (precision === undefined || precision === 'f16' || precision === 'f32') return precision
  throw new UsageError(`--precision is ${precision || 'empty'}, expected f32 or f16`)
}

/** @throws GpuError when there is no adapter or it lacks the precision */
export async function openGpu(precision: Precision | undefined): Promise<Gpu> {
  return Gpu.create({ ...(await dawnOptions()), precision })
}
