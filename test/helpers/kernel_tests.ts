// A kernel's cases are written once, need only a Gpu, and run in several places: in the browser, under Node in 16-bit floats, and
// against kernels broken on purpose.

import { afterAll, beforeAll, describe, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { Precision, Requirement } from '../../src/gpu/kernel.ts'

/** Thrown by a case that this adapter cannot run. The test is then reported as skipped, never as passed. */
export class NotTestedHere extends Error {
  override name = 'NotTestedHere'
}

/** Cases that are skipped on an adapter without a feature. */
export const requiring = (requirement: Requirement, cases: Cases): Cases =>
  Object.fromEntries(
    Object.entries(cases).map(([holds, check]) => [
      holds,
      async (gpu: Gpu) => {
        if (!gpu.supports(requirement)) throw new NotTestedHere(`this adapter lacks ${requirement}`)
        await check(gpu)
      },
    ]),
  )

/** What holds, in words → the check of it, which throws a Mismatch when it does not. */
export type Cases = Record<string, (gpu: Gpu) => Promise<void>>

/** The same Gpu with one variant of a kernel. */
export const withVariant = (gpu: Gpu, kernel: string, variant: string): Gpu =>
  Object.create(gpu, { variants: { value: new Map([[kernel, variant]]) } })

/** Defines the tests of a kernel, on one Gpu. A case that throws NotTestedHere is skipped. */
export function defineTests(title: string, cases: Cases, open: () => Promise<Gpu>): void {
  describe(title, () => {
    let gpu: Gpu
    beforeAll(async () => {
      gpu = await open()
    })
    afterAll(() => gpu?.dispose())
    for (const [holds, check] of Object.entries(cases))
      test(holds, context =>
        check(gpu).catch(error => {
          if (error instanceof NotTestedHere) context.skip(`not tested here: ${error.message}`)
          throw error
        }),
      )
  })
}

/** Defines the tests of a kernel in this browser: in f32, and in f16 where the adapter has it. */
export async function testInBrowser(kernel: string, cases: Cases): Promise<void> {
  const adapter = await browserAdapter()
  const define = (precision: Precision) =>
    defineTests(`${kernel} in ${precision}`, cases, async () =>
      Gpu.create({ adapter: await browserAdapter(), precision }),
    )
  define('f32')
  if (adapter.features.has('shader-f16')) define('f16')
  else test(`${kernel} in f16`, context => context.skip('not tested here: this adapter has no shader-f16'))
}

export async function browserAdapter(): Promise<GPUAdapter> {
  const adapter = await navigator.gpu?.requestAdapter()
  if (!adapter)
    throw new Error('this browser gives no WebGPU adapter; DJINN_ADAPTER=swiftshader takes the software one')
  return adapter
}
