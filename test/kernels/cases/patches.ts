// patchify and unpatchify: frames that patches fill, frames that they do not, and patches larger than the frame.

import { patchify } from '../../../kernels/pixels/patchify.ts'
import { unpatchify } from '../../../kernels/pixels/unpatchify.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, runKernel, words } from '../../helpers/run_kernel.ts'
import { patchify as cut, type Frames, unpatchify as put } from '../../reference/patches.ts'

async function patchifyHolds(gpu: Gpu, frames: Frames, patch: number, zeroPadding = false) {
  const { count, height, width } = frames
  const random = randomNumbers(1)
  const bytes = Uint8Array.from({ length: count * height * width * 3 }, () => 128 + 127 * random())
  const alpha = 0xab
  const pixels = words([count, height, width], i =>
    [bytes[3 * i]!, bytes[3 * i + 1]!, bytes[3 * i + 2]!, alpha].reduce((sum, byte, at) => sum + byte * 256 ** at, 0),
  )
  const { patches } = await runKernel(gpu, { pixels }, (p, t) => ({
    patches: patchify(p, t.pixels, patch, zeroPadding),
  }))
  expectClose('patches', patches, cut(bytes, frames, patch, zeroPadding), TOLERANCE[gpu.precision])
}

async function unpatchifyHolds(gpu: Gpu, frames: Frames, patch: number, scale = 3) {
  const { count, height, width } = frames
  const random = randomNumbers(1)
  const rows = count * Math.ceil(height / patch) * Math.ceil(width / patch)
  const patches = floats(gpu, [rows, 3 * patch * patch], () => scale * random())
  const blank = floats(gpu, [count, height, width, 3], () => Number.NaN, 'f32')
  const { pixels } = await runKernel(gpu, { patches, blank }, (p, t) => {
    unpatchify(p, t.patches, patch, t.blank)
    return { pixels: t.blank }
  })
  expectClose('pixels', pixels, put(patches.values, frames, patch), TOLERANCE.f32)
}

const framesCases = (holds: (gpu: Gpu, frames: Frames, patch: number) => Promise<void>): Cases => ({
  'frames that patches fill': gpu => holds(gpu, { count: 2, height: 10, width: 15 }, 5),
  'frames that they do not fill': gpu => holds(gpu, { count: 3, height: 10, width: 14 }, 4),
  'patches of one pixel, and one larger than the frame': async gpu => {
    await holds(gpu, { count: 1, height: 7, width: 9 }, 1)
    await holds(gpu, { count: 2, height: 5, width: 3 }, 8)
  },
  'more rows than one dimension of a grid': gpu => holds(gpu, { count: 1, height: 32771, width: 1 }, 1),
})

export const patchifyCases: Cases = {
  ...framesCases(patchifyHolds),
  'padding of 0, in frames that patches do not fill': gpu =>
    patchifyHolds(gpu, { count: 3, height: 10, width: 14 }, 4, true),
}

export const unpatchifyCases: Cases = {
  ...framesCases(unpatchifyHolds),
  'logits of ±1000 are 0 and 1': gpu => unpatchifyHolds(gpu, { count: 1, height: 6, width: 6 }, 4, 1000),
}
