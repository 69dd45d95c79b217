// A world's newest frame where people see it: drawn over a canvas, or kept in a texture for a host's scene.

import { FrameBlit } from '../../kernels/pixels/blit.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Profile } from '../gpu/profile.ts'
import type { Tensor } from '../gpu/tensor.ts'

/** Where a world draws: a canvas, or its context of kind `webgpu`. */
export type DrawTarget = GPUCanvasContext | HTMLCanvasElement | OffscreenCanvas

export class Presenter {
  private readonly drawings = new Map<GPUTextureFormat, FrameBlit>()
  private shared: GPUTexture | undefined

  /** @param pixels f32 [1, H, W, 3] */
  constructor(
    private readonly gpu: Gpu,
    private readonly pixels: Tensor,
  ) {}

  /**
   * Draws over a whole canvas, nearest pixel. A context that is not configured yet is configured with this device.
   * @throws Error when the canvas has a context of another kind
   */
  draw(encoder: GPUCommandEncoder, target: DrawTarget, profile?: Profile): void {
    const context = 'getCurrentTexture' in target ? target : target.getContext('webgpu')
    if (!context) throw new Error('the canvas gives no webgpu context: it has one of another kind')
    if (!context.getConfiguration?.())
      context.configure({
        device: this.gpu.device,
        format: navigator.gpu.getPreferredCanvasFormat(),
        alphaMode: 'opaque',
      })
    const texture = context.getCurrentTexture()
    this.drawing(texture.format).encode(encoder, texture.createView(), profile?.timed('draw'))
  }

  /** The texture, once it was asked for. */
  get texture(): GPUTexture | undefined {
    return this.shared
  }

  /** Makes the texture, rgba8unorm [H, W]; still empty. */
  makeTexture(): GPUTexture {
    const [height, width] = this.pixels.shape.slice(1) as [number, number]
    const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC
    this.shared = this.gpu.device.createTexture({ label: 'world', size: [width, height], format: 'rgba8unorm', usage })
    return this.shared
  }

  /** Draws into the texture, where it was asked for. */
  updateTexture(encoder: GPUCommandEncoder): void {
    if (this.shared) this.drawing('rgba8unorm').encode(encoder, this.shared.createView())
  }

  dispose(): void {
    this.shared?.destroy()
  }

  private drawing(format: GPUTextureFormat): FrameBlit {
    const drawing = this.drawings.get(format) ?? new FrameBlit(this.gpu, this.pixels, format)
    this.drawings.set(format, drawing)
    return drawing
  }
}
