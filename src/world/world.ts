// A World is what an embedder holds: one picture in, then a frame for every action. A played frame is one command encoder, one
// compute pass and one submit; nothing comes back to the CPU unless asked for.

import { Drawing } from '../../kernels/draw.ts'
import { Gpu, GpuError, type GpuOptions } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type Config, checkSampling, parseConfig, type SamplingConfig } from '../model/config.ts'
import { Dynamics } from '../model/dynamics.ts'
import { MaskGit } from '../model/maskgit.ts'
import { Tokenizer } from '../model/tokenizer.ts'
import { type PromptImage, toFrame } from './picture.ts'
import { type ModelSource, observe, readText, urlSource } from './source.ts'

/** How long after a read has failed one waits for the news that the device was lost. */
const LOSS_IS_HEARD_MS = 100

export interface LoadOptions extends GpuOptions {
  /** Bytes of the model that have arrived, and of how many where that is known. */
  onProgress?: (loaded: number, total: number | undefined) => void
  /** Stops the load; it then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Of the dice; default 0. */
  seed?: number
}

/** How the next frame is decoded: model.md §5. */
export interface Sampling extends SamplingConfig {
  /** Of the dice, 0 … 2³²-1: the same prompt, actions and seed dream the same frames. */
  seed: number
}

/** A state that can be returned to. It holds GPU memory until it or its World is disposed of. */
export interface Moment {
  readonly frame: number
  readonly copies: readonly Tensor[]
  dispose(): void
}

export class World {
  /** Changes take effect at the next step. */
  sampling: Sampling
  /** Frames so far, the prompt's included. */
  frame = 0
  private readonly picture: Tensor // u32 [1, H, W] RGBA8
  private readonly pixels: Tensor // f32 [1, H, W, 3], the newest frame
  private readonly state: readonly Tensor[] // what a Moment copies
  private readonly drawings = new Map<GPUTextureFormat, Drawing>()
  private readonly moments = new WeakSet<Moment>() // that can be returned to
  private shared: GPUTexture | undefined
  private pending: GPUCommandEncoder | undefined
  private prompted: Int32Array[] = []
  private prompting = false
  private fault: string | undefined

  private constructor(
    readonly gpu: Gpu,
    readonly config: Config,
    private readonly player: MaskGit,
    private readonly encoder: Program,
    private readonly decoder: Program,
    tensors: { picture: Tensor; pixels: Tensor; state: readonly Tensor[] },
    seed: number,
  ) {
    this.picture = tensors.picture
    this.pixels = tensors.pixels
    this.state = tensors.state
    this.sampling = { ...config.sampling, seed }
    void gpu.lost.then(({ message }) => {
      this.fault ??= `the GPU device was lost (${message || 'no reason given'}): load the world again`
    })
  }

  /**
   * Loads a model from an address or source. Play needs config.json, tokenizer.safetensors and dynamics.safetensors.
   * @throws GpuError when WebGPU or its limits do not suffice, FormatError when a file is not what it should be; nothing is left behind
   */
  static async load(model: string | URL | ModelSource, options: LoadOptions = {}): Promise<World> {
    // A download that is under way when another fails is stopped too.
    const failure = new AbortController()
    const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])])
    const source = typeof model === 'string' || model instanceof URL ? urlSource(model, signal) : model
    const files = observe(source, options.onProgress, signal)
    const config = parseConfig(await readText(await files.open('config.json')))
    const gpu = await Gpu.create(options)
    try {
      // Both are opened before either is read, so that progress knows the whole.
      const tokenizerFile = await files.open('tokenizer.safetensors')
      const dynamicsFile = await files.open('dynamics.safetensors')
      const tokenizer = await Tokenizer.load(gpu, config, tokenizerFile)
      const dynamics = await Dynamics.load(gpu, config, dynamicsFile)
      signal.throwIfAborted()
      return await World.assemble(gpu, config, tokenizer, dynamics, options.seed ?? 0)
    } catch (error) {
      failure.abort(error)
      gpu.dispose()
      throw error
    }
  }

  private static async assemble(
    gpu: Gpu,
    config: Config,
    tokenizer: Tokenizer,
    dynamics: Dynamics,
    seed: number,
  ): Promise<World> {
    const { height, width } = config.frame
    const picture = gpu.tensor('picture', [1, height, width], 'u32')
    const pixels = gpu.tensor('pixels', [1, height, width, 3], 'f32')
    const player = new MaskGit(gpu, dynamics)
    const { clock, tokens } = player
    const encoder = new Program(gpu, 'encode')
    tokenizer.encode(encoder, picture, { clock, history: tokenizer.encoderHistory(1) }, tokens)
    const decoder = new Program(gpu, 'decode')
    const decoderHistory = tokenizer.decoderHistory(1)
    tokenizer.decode(decoder, tokens, { clock, history: decoderHistory }, pixels)
    await Promise.all([encoder.build(), decoder.build(), player.build(config.sampling)])
    const state = [tokens, pixels, ...player.history.tensors, ...decoderHistory.tensors]
    const world = new World(gpu, config, player, encoder, decoder, { picture, pixels, state }, seed)
    await gpu.check()
    return world
  }

  /** How many latent actions there are. */
  get actions(): number {
    return this.config.latent_action.actions
  }

  /**
   * The latent action that a key of the keyboard means (`KeyboardEvent.key`), by the model's own table.
   * @throws RangeError when the model binds no such key
   */
  actionFor(key: string): number {
    const action = this.config.keys?.[key]
    if (action === undefined)
      throw new RangeError(
        `this world binds no key ${JSON.stringify(key)}, it has ${Object.keys(this.config.keys ?? {}).join(', ') || 'none'}`,
      )
    return action
  }

  /**
   * Starts anew from one picture, or several that follow one another.
   * @throws RangeError when raw pixels are not of the frame's size; the world then is as it was
   */
  async prompt(images: PromptImage | readonly PromptImage[]): Promise<void> {
    const list = Array.isArray(images) ? images : [images]
    if (list.length === 0) throw new RangeError('a prompt needs at least one picture')
    const { height, width } = this.config.frame
    const frames = await Promise.all(list.map(image => toFrame(image as PromptImage, width, height)))
    this.assertReady()
    this.flush()
    this.prompting = true
    try {
      this.prompted = await this.takeIn(frames)
    } finally {
      this.prompting = false
    }
  }

  private async takeIn(frames: Uint32Array<ArrayBuffer>[]): Promise<Int32Array[]> {
    const prompted: Int32Array[] = []
    this.frame = 0
    for (const frame of frames) {
      this.player.setClock(this.frame, this.sampling.seed, -1)
      this.gpu.write(this.picture, frame)
      this.encode(pass => {
        this.encoder.encode(pass)
        this.player.encodeCommit(pass)
        this.decoder.encode(pass)
      })
      this.frame++
      this.flush()
      prompted.push(await this.tokens())
    }
    return prompted
  }

  /**
   * Queues the next frame, the one that `action` leads to. It is submitted by `draw` if that follows in the same task, else when
   * the task ends (or at once by `flush`).
   * @throws RangeError when the action or a sampling setting is out of range, GpuError when the device was lost
   */
  step(action: number): void {
    this.assertReady()
    if (!Number.isInteger(action) || action < 0 || action >= this.actions)
      throw new RangeError(
        `action ${action} is out of range: this world has the latent actions 0 … ${this.actions - 1}`,
      )
    if (this.frame === 0) throw new GpuError('a world needs a prompt before its first step')
    const { seed, ...sampling } = this.sampling
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
      throw new RangeError(`sampling.seed is ${seed}, expected a whole number of 0 … 2³²-1`)
    checkSampling(sampling, 'sampling')
    // What is pending must be submitted before the clock is written, or it would see the new time.
    this.flush()
    this.player.setSampling(sampling)
    this.player.setClock(this.frame, seed, action)
    this.encode(pass => {
      this.player.encodeFrame(pass)
      this.decoder.encode(pass)
    })
    this.frame++
    queueMicrotask(() => this.flush())
  }

  /** Draws the newest frame over a canvas, nearest pixel. A context that is not configured yet is configured with this device. */
  draw(context: GPUCanvasContext): void {
    this.assertAlive()
    if (!context.getConfiguration?.())
      context.configure({
        device: this.gpu.device,
        format: navigator.gpu.getPreferredCanvasFormat(),
        alphaMode: 'opaque',
      })
    const target = context.getCurrentTexture()
    this.pending ??= this.gpu.device.createCommandEncoder({ label: 'draw' })
    this.drawing(target.format).encode(this.pending, target.createView())
    this.flush()
  }

  /** The newest frame as an rgba8unorm texture of the frame's size, for a material in a host's scene. Submits what is pending. */
  get texture(): GPUTexture {
    this.assertAlive()
    if (!this.shared) {
      const { height, width } = this.config.frame
      const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC
      this.shared = this.gpu.device.createTexture({
        label: 'world',
        size: [width, height],
        format: 'rgba8unorm',
        usage,
      })
      this.pending ??= this.gpu.device.createCommandEncoder({ label: 'texture' })
      this.encodeTexture(this.pending)
    }
    this.flush()
    return this.shared
  }

  /** Submits what is queued. */
  flush(): void {
    if (!this.pending) return
    const commands = this.pending.finish()
    this.pending = undefined
    this.gpu.device.queue.submit([commands])
  }

  /** The newest frame's pixels, RGBA [H, W, 4]. */
  async read(): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const values = new Float32Array(await this.readback(this.pixels))
    const { height, width } = this.config.frame
    const rgba = new Uint8ClampedArray(4 * height * width).fill(255)
    for (let i = 0; i < height * width; i++)
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = Math.round(255 * values[3 * i + c]!)
    return rgba
  }

  /** The newest frame's tokens, [S]. */
  async tokens(): Promise<Int32Array<ArrayBuffer>> {
    const { tokens } = this.player
    return new Int32Array(await this.readback(tokens), 0, tokens.length)
  }

  /** The prompt's tokens, frame after frame, [P · S]. */
  promptTokens(): Int32Array<ArrayBuffer> {
    return Int32Array.from(this.prompted.flatMap(t => [...t]))
  }

  /** Copies the state on the GPU, to return to or to branch from. */
  save(): Moment {
    this.assertAlive()
    const copies = this.state.map(t => this.gpu.tensor(`saved ${t.label}`, t.shape, t.type))
    this.copy(this.state, copies)
    const dispose = () => {
      if (this.moments.delete(moment)) this.gpu.free(...copies)
    }
    const moment: Moment = { frame: this.frame, copies, dispose }
    this.moments.add(moment)
    return moment
  }

  /**
   * Returns to a moment of this world.
   * @throws GpuError when it is another world's, or was disposed of
   */
  restore(moment: Moment): void {
    this.assertReady()
    if (!this.moments.has(moment)) throw new GpuError('this moment is of another world, or has been disposed of')
    this.copy(moment.copies, this.state)
    this.frame = moment.frame
    if (!this.shared) return
    this.pending = this.gpu.device.createCommandEncoder({ label: 'texture' })
    this.encodeTexture(this.pending)
    this.flush()
  }

  /** Frees all that was made for it; never the embedder's device. */
  dispose(): void {
    this.pending = undefined
    this.fault ??= 'the world has been disposed of'
    this.shared?.destroy()
    this.gpu.dispose()
  }

  private encode(record: (pass: GPUComputePassEncoder) => void): void {
    this.pending = this.gpu.device.createCommandEncoder({ label: `frame ${this.frame}` })
    const pass = this.pending.beginComputePass()
    record(pass)
    pass.end()
    if (this.shared) this.encodeTexture(this.pending)
  }

  private encodeTexture(encoder: GPUCommandEncoder): void {
    this.drawing('rgba8unorm').encode(encoder, this.shared!.createView())
  }

  private drawing(format: GPUTextureFormat): Drawing {
    let drawing = this.drawings.get(format)
    if (!drawing) {
      drawing = new Drawing(this.gpu, this.pixels, format)
      this.drawings.set(format, drawing)
    }
    return drawing
  }

  private async readback(tensor: Tensor): Promise<ArrayBuffer> {
    this.assertAlive()
    this.flush()
    try {
      const bytes = await this.gpu.read(tensor)
      await this.gpu.check()
      return bytes
    } catch (error) {
      // What fails because the device went, or the world, shall say so: a lost device is heard of only after its reads fail.
      await Promise.race([this.gpu.lost, new Promise(resolve => setTimeout(resolve, LOSS_IS_HEARD_MS))])
      this.assertAlive()
      throw error
    }
  }

  private copy(from: readonly Tensor[], to: readonly Tensor[]): void {
    this.flush()
    const encoder = this.gpu.device.createCommandEncoder({ label: 'copy state' })
    for (const [i, t] of from.entries()) encoder.copyBufferToBuffer(t.buffer, 0, to[i]!.buffer, 0, t.bytes)
    this.gpu.device.queue.submit([encoder.finish()])
  }

  private assertReady(): void {
    this.assertAlive()
    if (this.prompting) throw new GpuError('a prompt is under way: await it first')
  }

  private assertAlive(): void {
    if (this.fault) throw new GpuError(this.fault)
  }
}
