// Mutation tests: one snippet of a kernel's text is replaced, and the case named for it must then find other numbers.

import { expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { Precision } from '../../src/gpu/kernel.ts'
import { Mismatch } from './compare.ts'
import { browserAdapter, type Cases, NotTestedHere } from './kernel_tests.ts'

/** What is broken, the case that notices, the snippet, and what stands in its place. */
export type Mutation = [what: string, noticed: string, from: string, to: string]

/** Defines a test for each mutation of each kernel, by the names of the .wgsl files; `casesOf` gives the cases that hold a kernel. */
export function testMutations(
  mutations: Record<string, Mutation[]>,
  casesOf: (kernel: string) => Cases | undefined,
  { adapter = browserAdapter, precision = 'f32' as Precision } = {},
): void {
  for (const [kernel, broken] of Object.entries(mutations))
    for (const [what, noticed, from, to] of broken)
      test(`${kernel} with ${what} is noticed`, async context => {
        const check = casesOf(kernel)?.[noticed]
        if (!check) throw new Error(`${kernel} has no case named '${noticed}'`)
        const { gpu, faults } = await brokenGpu(kernel, from, to, await adapter(), precision)
        const failure = await check(gpu).catch(error => error)
        if (failure instanceof NotTestedHere) context.skip(`not tested here: ${failure.message}`)
        expect(faults()).toEqual([])
        expect(failure).toBeInstanceOf(Mismatch)
        gpu.device.destroy()
      })
}

/** A Gpu whose device compiles `kernel`, without comments, with `to` in place of `from`. `faults` lists what made the test unfair. */
async function brokenGpu(
  kernel: string,
  from: string,
  to: string,
  adapter: GPUAdapter,
  precision: Precision,
): Promise<{ gpu: Gpu; faults: () => string[] }> {
  const device = await adapter.requestDevice({
    requiredFeatures: ['subgroups', 'shader-f16'].filter(f => adapter.features.has(f)) as GPUFeatureName[],
  })
  const compile = device.createShaderModule.bind(device)
  const faults = new Set([`${kernel} was not run`])
  device.addEventListener('uncapturederror', ({ error }) => faults.add(error.message))
  device.createShaderModule = descriptor => {
    if (descriptor.label?.split(':')[0] !== kernel) return compile(descriptor)
    faults.delete(`${kernel} was not run`)
    const pieces = descriptor.code.replaceAll(/\/\/.*/g, '').split(from)
    if (pieces.length !== 2) faults.add(`${kernel}.wgsl holds '${from}' ${pieces.length - 1} times, not once`)
    return compile({ ...descriptor, code: pieces.join(to) })
  }
  return { gpu: await Gpu.create({ device, precision }), faults: () => [...faults] }
}
