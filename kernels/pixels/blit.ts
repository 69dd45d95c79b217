// Draws a frame on a colour attachment. The engine's only render pipeline.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import wgsl from './blit.wgsl?raw'

/** Draws pixels f32 [H, W, 3], or [1, H, W, 3], over a whole attachment of the given format. */
export class FrameBlit {
  private readonly pipeline: GPURenderPipeline
  private readonly group: GPUBindGroup

  constructor(gpu: Gpu, pixels: Tensor, format: GPUTextureFormat) {
    const [height, width] = pixels.shape.slice(-3) as [number, number, number]
    const { device } = gpu
    const layout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: GPUShaderStage.FRAGMENT, buffer: { type: 'read-only-storage' } }],
    })
    const module = device.createShaderModule({ label: 'blit', code: wgsl })
    this.pipeline = device.createRenderPipeline({
      label: 'blit',
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      vertex: { module, entryPoint: 'corner' },
      fragment: { module, entryPoint: 'colour', targets: [{ format }], constants: { height, width } },
    })
    const entries = [{ binding: 0, resource: { buffer: pixels.buffer } }]
    this.group = gpu.guard(() => device.createBindGroup({ layout, entries }))
  }

  /** @param timed timestamps of the pass, if it is profiled */
  encode(
    encoder: GPUCommandEncoder,
    view: GPUTextureView,
    timed?: { timestampWrites?: GPURenderPassTimestampWrites },
  ): void {
    const attachment = { view, loadOp: 'clear', storeOp: 'store' } as const
    const pass = encoder.beginRenderPass({ colorAttachments: [attachment], ...timed })
    pass.setPipeline(this.pipeline)
    pass.setBindGroup(0, this.group)
    pass.draw(3)
    pass.end()
  }
}
