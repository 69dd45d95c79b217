// blit on a canvas of the page.

import { expect, test } from 'vitest'
import { FrameBlit } from '../../kernels/pixels/blit.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { expectClose } from '../helpers/compare.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { type Area, ONE_BYTE, randomFrame } from './cases/blit.ts'

test('a canvas in the page shows the frame', async () => {
  const gpu = await Gpu.create({ adapter: await browserAdapter(), precision: 'f32' })
  const area: Area = [33, 20]
  const [width, height] = area
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  document.body.append(canvas)
  const context = canvas.getContext('webgpu')!
  const format = navigator.gpu.getPreferredCanvasFormat()
  context.configure({ device: gpu.device, format })
  const { pixels, on } = randomFrame(gpu)
  const encoder = gpu.device.createCommandEncoder()
  new FrameBlit(gpu, pixels, format).encode(encoder, context.getCurrentTexture().createView())
  gpu.device.queue.submit([encoder.finish()])
  const shown = new OffscreenCanvas(width, height).getContext('2d')!
  shown.drawImage(canvas, 0, 0)
  expectClose('canvas', shown.getImageData(0, 0, width, height).data, on(area), ONE_BYTE)
  await expect(gpu.throwPendingError()).resolves.toBeUndefined()
  canvas.remove()
  gpu.dispose()
})
