// The World is the main class of the public API: a prompt picture in, then a frame for every action. A played frame is one command
// encoder, one compute pass and one submit. Nothing comes back to the CPU unless the embedder asks for it.

import { GpuError } from '../gpu/errors.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Passes, StageTimes } from '../gpu/profile.ts'
import type { Config } from '../model/config.ts'
import type { DecodingStep } from '../model/decoding_trace.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { FrameCommands } from './frame_commands.ts'
import { FrameQueue } from './frame_queue.ts'
import type { PixelImage } from './image.ts'
import { type LoadOptions, loadModel } from './model.ts'
import type { PlayState } from './play_state.ts'
import { actionFor, checkStep, DISPOSED, PROMPTING, replayOn } from './playable.ts'
import { type DrawTarget, Presenter } from './presenter.ts'
import { type Prompt, type PromptFrame, promptFrames } from './prompt.ts'
import { copyRecording, type Recording, recordAction, type Sampling } from './recording.ts'
import { copyTensors, type Snapshot, Snapshots } from './snapshots.ts'
import type { Support, SupportOptions } from './support.ts'

export class World {
  /** Changes take effect at the next step. */
  sampling: Sampling
  /** Frames so far, the prompt's included. */
  frame = 0
  private readonly presenter: Presenter
  private readonly commands: FrameCommands
  private readonly queue = new FrameQueue()
  private readonly snapshots = new Snapshots()
  private recorded: Recording
  private prompting = false
  private fault: GpuError | undefined
  private readonly stopListening: () => void

  private constructor(
    private readonly state: PlayState,
    sampling: Sampling,
  ) {
    const { gpu } = state
    const { name, tokenizer } = state.config
    this.sampling = sampling
    this.presenter = new Presenter(gpu, state.pixels)
    this.commands = new FrameCommands(gpu, this.queue)
    this.recorded = { model: name, codes: tokenizer.codes, prompt: new Int32Array(), played: [] }
    this.stopListening = gpu.onLost(loss => this.end(loss))
  }

  /**
   * Loads a model from an address or source. Play needs config.json, tokenizer.safetensors and dynamics.safetensors.
   * @throws GpuError when WebGPU, its limits or memory do not suffice or the device is lost, FormatError when a file is not valid;
   * nothing is left behind
   */
  static async load(model: string | URL | ModelSource, options: LoadOptions = {}): Promise<World> {
    const loaded = await loadModel(model, options)
    const gpu = loaded.gpu.scope()
    // The weights stay on the GPU as long as one world uses them.
    loaded.gpu.dispose()
    try {
      const state = await loaded.play.createState(gpu).build()
      await gpu.throwPendingError()
      options.signal?.throwIfAborted()
      return new World(state, { ...loaded.config.sampling, seed: options.seed ?? 0 })
    } catch (error) {
      gpu.dispose()
      throw error
    }
  }

  /**
   * Whether and how well a world will run here: adapter, precision, memory on the GPU, estimated time of a frame. It fetches only the
   * model's config.json and makes no device. What this machine lacks is `problem`.
   * @throws FormatError when config.json cannot be fetched or is not valid
   */
  static async support(model: string | URL | ModelSource, options: SupportOptions = {}): Promise<Support> {
    const { support } = await import('./support.ts')
    return support(model, options)
  }

  /** The device, ours or the embedder's, with everything that this world has on it. */
  get gpu(): Gpu {
    return this.state.gpu
  }

  /** The model's config.json. */
  get config(): Config {
    return this.state.config
  }

  /** Number of latent actions. */
  get actions(): number {
    return this.config.latent_action.actions
  }

  /**
   * The latent action bound to keys (`KeyboardEvent.key`) in the model's config.json: to one key, or to several held together, the
   * newest last. Without keys, the action of no key. If the table does not bind the combination, the newest bound key decides.
   * @throws ArgumentError when the model binds none of the keys
   */
  actionFor(...keys: string[]): number {
    return actionFor(this.config, keys)
  }

  /**
   * Starts again from one picture or several consecutive ones, or from tokens [P · S · N], frame after frame, as `promptTokens` returns.
   * @throws ArgumentError when raw pixels do not have the frame's size or tokens are not this model's; the world is then unchanged
   */
  async prompt(images: Prompt): Promise<void> {
    const frames = await promptFrames(images, this.config)
    this.assertReady()
    this.flush()
    this.prompting = true
    try {
      const prompt = await this.encodePrompt(frames)
      this.recorded = { ...this.recorded, prompt, pictures: this.keptPictures(frames), played: [] }
    } finally {
      this.prompting = false
    }
  }

  private async encodePrompt(frames: readonly PromptFrame[]): Promise<Int32Array<ArrayBuffer>> {
    const tokens: number[] = []
    this.frame = 0
    for (const frame of frames) {
      this.state.setFrameInfo(this.frame, this.sampling.seed, -1, 0)
      this.state.writePrompt(frame)
      this.encode(passes => this.state.encodePrompt(passes, frame instanceof Uint32Array))
      this.frame++
      this.flush()
      tokens.push(...(await this.tokens()))
    }
    return Int32Array.from(tokens)
  }

  /**
   * Queues the next frame, which `action` leads to. It is submitted by `draw` in the same task, by `flush`, or when the task ends.
   * @returns whether the frame was queued. While two frames are in flight it is not, and nothing changes: await `ready`
   * @throws ArgumentError when the action or a sampling setting is out of range, GpuError when the device was lost
   */
  step(action: number): boolean {
    this.assertReady()
    checkStep(this, action)
    const { seed, ...sampling } = this.sampling
    if (!this.queue.hasRoom) return false
    // A queue write lands before the next submit, so pending commands would read the new frame's info.
    this.flush()
    this.state.setSampling(sampling)
    this.state.setFrameInfo(this.frame, seed, action, this.frame - this.promptLength)
    this.encode(passes => this.state.encodeFrame(passes), true)
    this.queue.begin()
    this.frame++
    recordAction(this.recorded, action, this.sampling)
    this.watchAllocations()
    queueMicrotask(() => this.flush())
    return true
  }

  /** Resolves once `step` can queue a frame, or the world is lost or disposed of. */
  get ready(): Promise<void> {
    return this.queue.ready
  }

  /**
   * Draws the newest frame over a canvas with nearest-pixel sampling, in the step's own submit if that is in the same task. A context
   * that is not configured for this device is configured for it.
   * @throws GpuError when the device was lost, DjinnError when the canvas has a context of another kind
   */
  draw(target: DrawTarget): void {
    this.assertAlive()
    this.presenter.draw(this.commands.encoder('draw'), target, this.commands.pendingProfile)
    this.flush()
  }

  /** The newest frame as an rgba8unorm texture [H, W], for a material in a host's scene. Every step updates it. */
  get texture(): GPUTexture {
    this.assertAlive()
    const texture = this.presenter.texture ?? this.presenter.createTexture(this.commands.encoder('texture'))
    this.flush()
    return texture
  }

  /** Submits what is queued. */
  flush(): void {
    this.commands.submit()
  }

  /** The newest frame's pixels, RGBA [H, W, 4]. */
  async read(): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const values = new Float32Array(await this.readback(() => this.gpu.read(this.state.pixels)))
    const { height, width } = this.config.frame
    const rgba = new Uint8ClampedArray(4 * height * width).fill(255)
    for (let i = 0; i < height * width; i++)
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = Math.round(255 * values[3 * i + c]!)
    return rgba
  }

  /** The newest frame's tokens, [S]; with N codebooks, the N codes of every position, [S · N]. */
  async tokens(): Promise<Int32Array<ArrayBuffer>> {
    const { tokens } = this.state
    return new Int32Array(await this.readback(() => this.gpu.read(tokens)), 0, tokens.length)
  }

  /** Turns on or off the trace of decoding steps, for `decodingSteps`. It costs one dispatch per step. */
  recordDecoding(on: boolean): void {
    this.assertAlive()
    this.state.recordTrace(on)
    this.watchAllocations()
  }

  /** The decoding steps of the newest frame, if `recordDecoding` was on when it was queued; else none. */
  decodingSteps(): Promise<DecodingStep[]> {
    return this.readback(() => this.state.readSteps())
  }

  /**
   * Times the next frame by stage: `dynamics`, `sampling`, `decode`, and `draw` if that is in the same submit.
   * @returns milliseconds, or undefined where the device lacks timestamp-query
   * @throws GpuError when the world is lost or disposed of before that frame
   */
  async timeNextFrame(): Promise<StageTimes | undefined> {
    this.assertAlive()
    return this.whileAlive(this.commands.timeNextFrame())
  }

  /** The prompt's tokens, frame after frame, [P · S · N]. */
  promptTokens(): Int32Array<ArrayBuffer> {
    return this.recorded.prompt.slice()
  }

  /** The prompt's tokens and every action since, to save, to encode in a link, or for `replay`. */
  recording(): Recording {
    return copyRecording(this.recorded)
  }

  /**
   * Plays a recording again. `onFrame` is called after each frame is queued: it can draw the frame, or throw to stop.
   * @throws ArgumentError when the recording is another model's, or holds what this model cannot play
   */
  replay(recording: Recording, onFrame?: () => void): Promise<void> {
    return replayOn(this, recording, onFrame)
  }

  /** Copies the state on the GPU, for `restore`. */
  save(): Snapshot {
    this.assertReady()
    this.flush()
    return this.snapshots.save(this.state, this.frame, this.recording())
  }

  /**
   * Returns to a snapshot of this world.
   * @throws ArgumentError when the snapshot is another world's or was disposed of, GpuError when it got no memory
   */
  restore(snapshot: Snapshot): void {
    this.assertReady()
    const { copies, recording } = this.snapshots.get(snapshot)
    this.flush()
    copyTensors(this.gpu, copies, this.state.tensors)
    this.frame = snapshot.frame
    this.recorded = copyRecording(recording)
    if (!this.presenter.texture) return
    this.presenter.updateTexture(this.commands.encoder('texture'))
    this.flush()
  }

  /**
   * A second World in this world's state, independent from then on. It shares the weights and the device, and takes memory for its
   * state alone. Dispose of both. If the GPU has no memory for it, its first `read`, `step` or `prompt` says so.
   */
  fork(): World {
    this.assertReady()
    const gpu = this.gpu.scope()
    try {
      const forked = new World(this.state.fork(gpu).buildSync(), { ...this.sampling })
      this.flush()
      copyTensors(gpu, this.state.tensors, forked.state.tensors)
      forked.frame = this.frame
      forked.recorded = this.recording()
      forked.watchAllocations()
      return forked
    } catch (error) {
      gpu.dispose()
      throw error
    }
  }

  /** Frees everything that was made for this world, but never the embedder's device. Pending promises settle. */
  dispose(): void {
    this.end(new GpuError(DISPOSED, 'disposed'))
  }

  private end(fault: GpuError): void {
    if (this.fault) return
    this.fault = fault
    this.stopListening()
    this.commands.dispose(fault)
    this.snapshots.dispose()
    this.presenter.dispose()
    this.queue.release()
    this.gpu.dispose()
  }

  /** Ends the world if the GPU turns out to have no memory for what was just made. */
  private watchAllocations(): void {
    if (!this.gpu.isAllocating) return
    this.gpu.allocated().catch((error: GpuError) => this.end(error))
  }

  /** The pictures of a prompt, if the next frames depend on more of them than their tokens. */
  private keptPictures(frames: readonly PromptFrame[]): PixelImage[] | undefined {
    if (!this.state.keepsPictures || !frames.every(frame => frame instanceof Uint32Array)) return undefined
    const { height, width } = this.config.frame
    return frames.map(({ buffer }) => ({ height, width, data: new Uint8ClampedArray(buffer) }))
  }

  /** Frames of the prompt. */
  private get promptLength(): number {
    return this.recorded.prompt.length / this.state.tokens.length
  }

  private encode(record: (passes: Passes) => void, isFrame = false): void {
    this.presenter.updateTexture(this.commands.encode(`frame ${this.frame}`, record, isFrame))
  }

  /** Reads from the GPU after what is queued. */
  private async readback<T>(read: () => Promise<T>): Promise<T> {
    this.assertAlive()
    this.flush()
    const values = await this.whileAlive(read())
    await this.whileAlive(this.gpu.throwPendingError())
    return values
  }

  /** Settles as `work` does, or as the world has ended meanwhile. */
  private async whileAlive<T>(work: T | Promise<T>): Promise<T> {
    try {
      return await work
    } finally {
      this.assertAlive()
    }
  }

  private assertReady(): void {
    this.assertAlive()
    if (this.prompting) throw new GpuError(PROMPTING, 'not-ready')
  }

  private assertAlive(): void {
    if (this.fault) throw this.fault
  }
}
