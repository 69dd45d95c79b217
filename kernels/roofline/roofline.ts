// Two kernels that do nothing useful as fast as an adapter can: what the others are measured against.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import arithmetic from './peak_arithmetic.wgsl?raw'
import copyText from './peak_copy.wgsl?raw'

export const peakArithmeticKernel: Kernel = { name: 'peak_arithmetic', sources: [arithmetic], bindings: ['write'] }
export const peakCopyKernel: Kernel = { name: 'peak_copy', sources: [copyText], bindings: ['read', 'write'] }

/** Floating-point operations of one round of one thread. */
export const ARITHMETIC_FLOPS = 16 * 4 * 2

/** `rounds` of multiply-adds in every thread of out f32 [threads], a multiple of 64. */
export function peakArithmetic(p: Program, out: Tensor, rounds: number): void {
  p.dispatch(peakArithmeticKernel, { rounds }, [out], [out.length / 64])
}

/** source f32 → copy f32, both of a multiple of 4 elements. */
export function peakCopy(p: Program, source: Tensor, copy: Tensor): void {
  p.dispatch(peakCopyKernel, { vectors: source.length / 4 }, [source, copy], elementGrid(source.length / 4))
}
