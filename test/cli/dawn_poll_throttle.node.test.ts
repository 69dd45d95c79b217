// On a software adapter, a thread that waits for the adapter leaves the core to it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { peakArithmetic } from '../../kernels/roofline/roofline.ts'
import { dawnOptions } from '../../src/cli/dawn.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'

/** Milliseconds that this thread has computed. */
const computed = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6

test('waiting for a software adapter takes little CPU time of this thread', async context => {
  const gpu = await Gpu.create(await dawnOptions())
  context.onTestFinished(() => gpu.dispose())
  if (!gpu.isSoftwareAdapter) context.skip('not tested here: the adapter is a GPU')
  const out = gpu.tensor('out', [64 * 1024], 'f32')
  const work = new Program(gpu, 'work')
  peakArithmetic(work, out, 512)
  await work.build()
  work.run()
  await gpu.throwPendingError() // compiled
  // Until it takes a while on this machine: each of the ways to wait, several at a time, again after a rest.
  let wall = 0
  let busy = 0
  for (let runs = 1; wall < 100; runs *= 2) {
    const start = { wall: performance.now(), busy: computed() }
    for (let run = 0; run < runs; run++) work.run()
    await Promise.all([gpu.read(out), gpu.throwPendingError(), gpu.throwPendingError()])
    wall = performance.now() - start.wall
    busy = computed() - start.busy
  }
  expect(busy / wall).toBeLessThan(0.5)
})
