// The roofline of an adapter: its peak arithmetic and its peak memory traffic, which other kernels are measured against.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import arithmeticWgsl from './roofline_arithmetic.wgsl?raw'
import copyWgsl from './roofline_copy.wgsl?raw'

const arithmeticKernel: Kernel = { name: 'roofline_arithmetic', sources: [arithmeticWgsl], bindings: ['write'] }
const copyKernel: Kernel = { name: 'roofline_copy', sources: [copyWgsl], bindings: ['read', 'write'] }

/** Floating-point operations per round and thread. */
export const ARITHMETIC_FLOPS = 16 * 4 * 2

/** `rounds` of multiply-adds in every thread of out f32 [threads]; threads are a multiple of 64. */
export function peakArithmetic(p: Program, out: Tensor, rounds: number): void {
  p.dispatch(arithmeticKernel, { rounds }, [out], [out.length / 64])
}

/** source f32 → copy f32, of equal length, a multiple of 4. */
export function peakCopy(p: Program, source: Tensor, copy: Tensor): void {
  p.dispatch(copyKernel, { vectors: source.length / 4 }, [source, copy], elementGrid(source.length / 4))
}
