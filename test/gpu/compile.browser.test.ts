// Errors of compilation name the kernel, the line of its own file and the adapter, and a failed compilation is not remembered.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { GpuError } from '../../src/gpu/errors.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'

const SHARED = `// Doubling.
fn double(v: f32) -> f32 { return 2.0 * v; }
`
const OWN = `// y = 2x.
struct Params {
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(1)
fn main() { x[0] = double(x[0]) * f32(params.count); }
`
const kernel = (shared: string, own: string): Kernel => ({
  name: 'double_once',
  sources: [shared, own],
  bindings: ['update'],
})

let gpu: Gpu
beforeAll(async () => {
  gpu = await Gpu.create()
})
afterAll(() => gpu.dispose())

const refused = async (broken: Kernel): Promise<string> => {
  const error = await gpu.pipelines.compile(broken, {}).catch(e => e)
  expect(error).toBeInstanceOf(GpuError)
  return error.message
}

test("an error in the kernel's own text names its line there", async () => {
  const message = await refused(kernel(SHARED, OWN.replace('double(x[0])', 'triple(x[0])')))
  expect(message).toMatch(/^double_once does not compile on .+: line 9 of double_once\.wgsl: .*triple/)
  expect(message).toContain(gpu.adapterName)
})

test('an error in shared text names that text and its line', async () => {
  const message = await refused(kernel(SHARED.replace('2.0 * v', '2.0 * w'), OWN))
  expect(message).toMatch(/line 2 of the shared text '\/\/ Doubling\.': .*'w'/)
})

test('a constant that the kernel lacks is named, though no line is at fault', async () => {
  const error = await gpu.pipelines.compile(kernel(SHARED, OWN), { missing: 1 }).catch(e => e)
  expect(error.message).toMatch(/^double_once does not compile on .+missing/s)
})

test('a failed compilation is tried again, and leaves no error behind', async () => {
  const createPipeline = gpu.device.createComputePipelineAsync
  gpu.device.createComputePipelineAsync = () => Promise.reject(new Error('the driver had a bad moment'))
  const sound = kernel(SHARED, OWN)
  expect(await refused(sound)).toMatch(/: the driver had a bad moment$/)
  gpu.device.createComputePipelineAsync = createPipeline
  await gpu.pipelines.compile(sound, {})
  await gpu.throwPendingError()
})
