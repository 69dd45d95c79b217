// blit: a frame on textures of its own size, larger and smaller ones.

import { FrameBlit } from '../../../kernels/pixels/blit.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Tensor } from '../../../src/gpu/tensor.ts'
import { expectClose } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'

/** A target's width and height; both sides odd in a frame, so that no target's pixel centre lies on an edge between two of its pixels. */
export type Area = [width: number, height: number]
const FRAME: Area = [13, 7]

/** Random pixels f32 [H, W, 3], and the bytes RGBA that a target of any area should hold. */
export function randomFrame(gpu: Gpu): { pixels: Tensor; on: (target: Area) => number[] } {
  const [width, height] = FRAME
  const random = randomNumbers(1)
  const values = Float32Array.from({ length: width * height * 3 }, () => 0.5 + 0.5 * random())
  const pixels = gpu.tensor('pixels', [height, width, 3], 'f32')
  gpu.write(pixels, values)
  const on = ([across, down]: Area) =>
    Array.from({ length: across * down }, (_, i) => {
      const x = Math.floor((((i % across) + 0.5) / across) * width)
      const y = Math.floor(((Math.floor(i / across) + 0.5) / down) * height)
      const from = 3 * (y * width + x)
      return [...values.slice(from, from + 3).map(v => 255 * v), 255]
    }).flat()
  return { pixels, on }
}

/** Bytes may be rounded either way. */
export const ONE_BYTE = { absolute: 1, relative: 0 }

async function textureHolds(gpu: Gpu, target: Area) {
  const [width, height] = target
  const { device } = gpu
  const { pixels, on } = randomFrame(gpu)
  const texture = device.createTexture({
    size: target,
    format: 'rgba8unorm',
    usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
  })
  const bytesPerRow = 256 * Math.ceil((4 * width) / 256)
  const staging = device.createBuffer({
    size: bytesPerRow * height,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  })
  const encoder = device.createCommandEncoder()
  new FrameBlit(gpu, pixels, 'rgba8unorm').encode(encoder, texture.createView())
  encoder.copyTextureToBuffer({ texture }, { buffer: staging, bytesPerRow }, target)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const bytes = new Uint8Array(staging.getMappedRange())
  const rows = Array.from({ length: height }, (_, y) => [...bytes.slice(y * bytesPerRow, y * bytesPerRow + 4 * width)])
  expectClose(`texture of ${width}×${height}`, rows.flat(), on(target), ONE_BYTE)
}

export const blitCases: Cases = {
  "a texture of the frame's size": gpu => textureHolds(gpu, FRAME),
  'textures larger and smaller: the nearest pixel': async gpu => {
    for (const target of [
      [33, 20],
      [70, 1],
      [4, 3],
    ] as Area[])
      await textureHolds(gpu, target)
  },
}
