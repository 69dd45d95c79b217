// Goes on to the next decoding step.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import wgsl from './advance.wgsl?raw'
import type { Decoding } from './decoding.ts'

const kernel: Kernel = { name: 'advance', sources: [wgsl], bindings: ['update'] }

/** stepIndex += 1. */
export function advance(p: Program, { stepIndex }: Decoding): void {
  p.dispatch(kernel, { by: 1 }, [stepIndex], [1])
}
