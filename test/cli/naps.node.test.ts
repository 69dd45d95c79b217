// Where a CPU plays the GPU, the thread that waits for it leaves that CPU to it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { peakArithmetic } from '../../kernels/peak.ts'
import { nodeGpu } from '../../src/cli/vulkan.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'

/** Milliseconds that this thread has computed. */
const computed = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6

test('waiting for a software adapter takes little of this thread', async () => {
  const gpu = await Gpu.create({ adapter: await nodeGpu() })
  if (!gpu.isSoftware) return gpu.dispose()
  const out = gpu.tensor('out', [64 * 1024], 'f32')
  const work = new Program(gpu, 'work')
  peakArithmetic(work, out, 512)
  await work.build()
  work.run()
  await gpu.check() // compiled
  // Each of the ways to wait, several at a time, again after a rest.
  for (let i = 0; i < 2; i++) {
    const before = { wall: performance.now(), computed: computed() }
    for (let run = 0; run < 8; run++) work.run()
    await Promise.all([gpu.read(out), gpu.check(), gpu.check()])
    const wall = performance.now() - before.wall
    expect(wall).toBeGreaterThan(50)
    expect((computed() - before.computed) / wall).toBeLessThan(0.5)
  }
  gpu.dispose()
})
