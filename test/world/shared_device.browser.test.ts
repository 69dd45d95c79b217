// Two worlds and a host's renderer on one device, 500 frames: WebGPU reports no error, and memory does not grow.

import { expect, test } from 'vitest'
import { World } from '../../src/world/world.ts'
import { countingDevice } from '../helpers/counting_device.ts'
import { randomPicture } from '../helpers/random_model.ts'

const MODEL = '/test/golden/tiny/'
const FRAMES = 500
const SETTLED = 20 // frames after which nothing new is made

/** What samples one texture over half of a target: a host's scene, as small as one can be. */
const SCENE = `
@group(0) @binding(0) var left: texture_2d<f32>;
@group(0) @binding(1) var right: texture_2d<f32>;
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32((i << 1u) & 2u) * 2.0 - 1.0, 1.0 - f32(i & 2u) * 2.0, 0.0, 1.0);
}
@fragment fn colour(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let p = vec2i(at.xy);
  let size = vec2i(textureDimensions(left));
  if (p.x < size.x) { return textureLoad(left, p, 0); }
  return textureLoad(right, p - vec2i(size.x, 0), 0);
}`

test(`two worlds and a renderer on one device, ${FRAMES} frames`, async () => {
  const { device, counts } = await countingDevice()
  const complaints: string[] = []
  device.addEventListener('uncapturederror', event => complaints.push(event.error.message))
  const one = await World.load(MODEL, { device, seed: 1 })
  const two = await World.load(MODEL, { device, seed: 2 })
  const { width, height } = one.config.frame
  one.sampling.steps = two.sampling.steps = 2 // a software adapter's time
  await one.prompt(randomPicture(width, height, 1))
  await two.prompt(randomPicture(width, height, 2))

  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: 2 * width, height })
  const context = canvas.getContext('webgpu')!
  const format = 'rgba8unorm'
  context.configure({ device, format, usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC })
  const module = device.createShaderModule({ code: SCENE })
  const pipeline = device.createRenderPipeline({
    layout: 'auto',
    vertex: { module },
    fragment: { module, targets: [{ format }] },
  })
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [one, two].map((world, binding) => ({ binding, resource: world.texture.createView() })),
  })

  let settled: object | undefined
  for (let frame = 0; frame < FRAMES; frame++) {
    await Promise.all([one.ready, two.ready])
    one.step(frame % one.actions)
    two.step((frame + 1) % two.actions)
    // Both frames are submitted before the scene that samples them.
    void one.texture
    void two.texture
    const encoder = device.createCommandEncoder()
    const view = context.getCurrentTexture().createView()
    const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store' }] })
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.draw(3)
    pass.end()
    device.queue.submit([encoder.finish()])
    if (frame === SETTLED) settled = alive()
  }
  function alive() {
    return { bytes: counts.aliveBytes, buffers: counts.aliveBuffers, textures: counts.aliveTextures }
  }
  // In the same task as the last draw: the canvas still holds it.
  const copy = new OffscreenCanvas(2 * width, height).getContext('2d')!
  copy.drawImage(canvas, 0, 0)
  const shown = [0, width].map(x => copy.getImageData(x, 0, width, height).data)

  expect([one.frame, two.frame]).toEqual([FRAMES + 1, FRAMES + 1])
  expect(alive()).toEqual(settled)
  expect(counts.calls.mapAsync).toBe(2) // the prompts' tokens; no frame was read back
  for (const [i, world] of [one, two].entries()) {
    const pixels = await world.read()
    expect(Math.max(...pixels.map((v, j) => Math.abs(v - shown[i]![j]!)))).toBeLessThanOrEqual(1)
  }
  one.dispose()
  two.dispose()
  expect(counts.aliveBytes).toBe(0)
  expect(complaints).toEqual([])
  device.destroy()
})
