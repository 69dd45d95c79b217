// On a software adapter, a thread that waits for the adapter leaves the core to it.
import { expect, test, vi } from 'vitest'
import { peakArithmetic } from '../../kernels/roofline/roofline.ts'
import { dawnOptions } from '../../src/cli/dawn.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

test('while a software adapter works, this thread sleeps in every turn of the event loop, and in none afterwards', async context => {
  const gpu = await Gpu.create(await dawnOptions())
  context.onTestFinished(() => gpu.dispose())
  if (!gpu.isSoftwareAdapter) context.skip('not tested here: the adapter is a GPU')
  const out = gpu.tensor('out', [64 * 1024], 'f32')
  const work = new Program(gpu, 'work')
  peakArithmetic(work, out, 512)
  await work.build()
  const sleep = vi.spyOn(Atomics, 'wait')
  context.onTestFinished(() => sleep.mockRestore())
  // Each of the ways to wait, several at a time, again after a rest.
  for (let round = 0; round < 2; round++) {
    sleep.mockClear()
    let [turns, isWaiting] = [0, true]
    work.run()
    const waiting = Promise.all([gpu.read(out), gpu.throwPendingError(), gpu.throwPendingError()]).finally(() => {
      isWaiting = false
    })
    for (; isWaiting; turns++) await turn()
    await waiting
    expect(turns).toBeGreaterThan(0)
    // The first turn may have passed, and the last one may not have come.
    expect(sleep.mock.calls.length).toBeGreaterThanOrEqual(turns - 2)
    expect(sleep.mock.calls.length).toBeGreaterThan(0)
    for (let i = 0; i < 3; i++) await turn()
    const { length } = sleep.mock.calls
    for (let i = 0; i < 3; i++) await turn()
    expect(sleep.mock.calls).toHaveLength(length)
  }
})
