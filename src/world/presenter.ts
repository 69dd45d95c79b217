// Shows a world's newest frame: draws it on a canvas, or keeps it in a texture for a host's scene.

import { FrameBlit } from '../../kernels/pixels/blit.ts'
import { DjinnError } from '../gpu/errors.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Profile } from '../gpu/profile.ts'
import type { Tensor } from '../gpu/tensor.ts'

/** Where a world draws: a canvas or its `webgpu` context. */
export type DrawTarget = GPUCanvasContext | HTMLCanvasElement | OffscreenCanvas

/** Configurations by this file, for browsers without `getConfiguration`. */
const configuredBy = new WeakMap<GPUCanvasContext, GPUCanvasConfiguration>()

export class Presenter {
  /** rgba8unorm [H, W], if it was created. */
  texture: GPUTexture | undefined
  private readonly blits = new Map<GPUTextureFormat, FrameBlit>()

  /** @param pixels f32 [1, H, W, 3] */
  constructor(
    private readonly gpu: Gpu,
    private readonly pixels: Tensor,
  ) {}

  /**
   * Draws over a whole canvas, with nearest-pixel sampling. A context that is not configured, or configured for another device, is
   * configured for this one. The rest of the embedder's configuration stays.
   * @throws DjinnError when the canvas has a context of another kind
   */
  draw(encoder: GPUCommandEncoder, target: DrawTarget, profile?: Profile): void {
    const context = 'getCurrentTexture' in target ? target : target.getContext('webgpu')
    if (!context) throw new DjinnError('the canvas has a context other than webgpu', 'canvas')
    this.configure(context)
    const texture = context.getCurrentTexture()
    this.blit(texture.format).encode(encoder, texture.createView(), profile?.timed('draw'))
  }

  /** Creates the texture and draws into it. */
  createTexture(encoder: GPUCommandEncoder): GPUTexture {
    const [height, width] = this.pixels.shape.slice(1) as [number, number]
    const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC
    const create = () =>
      this.gpu.device.createTexture({ label: 'world', size: [width, height], format: 'rgba8unorm', usage })
    this.texture = this.gpu.allocate(create)
    this.updateTexture(encoder)
    return this.texture
  }

  /** Draws into the texture, if it was created. */
  updateTexture(encoder: GPUCommandEncoder): void {
    const { texture } = this
    if (!texture) return
    const view = this.gpu.guard(() => texture.createView())
    this.blit('rgba8unorm').encode(encoder, view)
  }

  dispose(): void {
    this.texture?.destroy()
  }

  private configure(context: GPUCanvasContext): void {
    const { device } = this.gpu
    const current = context.getConfiguration ? context.getConfiguration() : configuredBy.get(context)
    if (current?.device === device) return
    const configuration: GPUCanvasConfiguration = {
      format: navigator.gpu.getPreferredCanvasFormat(),
      alphaMode: 'opaque',
      ...current,
      device,
    }
    context.configure(configuration)
    configuredBy.set(context, configuration)
  }

  private blit(format: GPUTextureFormat): FrameBlit {
    const blit = this.blits.get(format) ?? new FrameBlit(this.gpu, this.pixels, format)
    this.blits.set(format, blit)
    return blit
  }
}
