// A World is what an embedder holds: one picture in, then a frame for every action. A played frame is one command encoder, one
// compute pass and one submit; nothing comes back to the CPU unless asked for.

import { type Gpu, GpuError } from '../gpu/gpu.ts'
import { type Passes, Profile, type StageTimes } from '../gpu/profile.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config } from '../model/config.ts'
import type { DecodingStep } from '../model/maskgit_decoder.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { FrameQueue } from './frame_queue.ts'
import { type LoadOptions, loadModel } from './model.ts'
import { actionFor, checkStep, replayOn } from './playable.ts'
import { type DrawTarget, Presenter } from './presenter.ts'
import { type Prompt, type PromptFrame, promptFrames } from './prompt.ts'
import { copyRecording, type Recording, type Sampling } from './recording.ts'
import { WorldState } from './world_state.ts'

/** How long after a read has failed one waits for the news that the device was lost. */
const LOSS_IS_HEARD_MS = 100

/** A state that can be returned to. It holds GPU memory until it or its World is disposed of. */
export interface Snapshot {
  /** Frames that the world had, the prompt's included. */
  readonly frame: number
  dispose(): void
}

/** What a Moment holds. */
interface SnapshotData {
  frame: number
  copies: readonly Tensor[]
  recording: Recording
}

export class World {
  /** Changes take effect at the next step. */
  sampling: Sampling
  /** Frames so far, the prompt's included. */
  frame = 0
  private readonly presenter: Presenter
  private readonly queue = new FrameQueue()
  private readonly snapshots = new WeakMap<Snapshot, SnapshotData>() // that can be returned to
  private pending: GPUCommandEncoder | undefined
  private profile: Profile | undefined
  private recorded: Recording
  private prompting = false
  private fault: string | undefined

  private constructor(
    private readonly machine: WorldState,
    sampling: Sampling,
  ) {
    const { name, tokenizer } = machine.model.config
    this.sampling = sampling
    this.presenter = new Presenter(machine.gpu, machine.pixels)
    this.recorded = { model: name, codes: tokenizer.codes, prompt: new Int32Array(), played: [] }
    void machine.gpu.lost.then(({ message }) => {
      this.fault ??= `the GPU device was lost (${message || 'no reason given'}): load the world again`
    })
  }

  /**
   * Loads a model from an address or source. Play needs config.json, tokenizer.safetensors and dynamics.safetensors.
   * @throws GpuError when WebGPU or its limits do not suffice, FormatError when a file is not what it should be; nothing is left behind
   */
  static async load(model: string | URL | ModelSource, options: LoadOptions = {}): Promise<World> {
    const loaded = await loadModel(model, options)
    const gpu = loaded.gpu.scope()
    // The weights stay as long as worlds do.
    loaded.gpu.dispose()
    try {
      const machine = await new WorldState(gpu, loaded).build()
      await gpu.throwPendingError()
      return new World(machine, { ...loaded.config.sampling, seed: options.seed ?? 0 })
    } catch (error) {
      gpu.dispose()
      throw error
    }
  }

  /** The device, ours or the embedder's, and what is on it. */
  get gpu(): Gpu {
    return this.machine.gpu
  }

  /** What the model's config.json says. */
  get config(): Config {
    return this.machine.model.config
  }

  /** How many latent actions there are. */
  get actions(): number {
    return this.config.latent_action.actions
  }

  /**
   * The latent action that keys of the keyboard mean (`KeyboardEvent.key`) by the model's own table: one key, or several held
   * together, the newest last; no key is rest. Of keys whose pair the table does not name, the newest counts.
   * @throws RangeError when the model binds none of them
   */
  actionFor(...keys: string[]): number {
    return actionFor(this.config, keys)
  }

  /**
   * Starts anew from one picture, or several that follow one another; or from tokens, frame after frame [P · S], as `promptTokens`
   * gives them.
   * @throws RangeError when raw pixels are not of the frame's size, or tokens not of this model; the world then is as it was
   */
  async prompt(images: Prompt): Promise<void> {
    const frames = await promptFrames(images, this.config)
    this.assertReady()
    this.flush()
    this.prompting = true
    try {
      const prompt = await this.encodePrompt(frames)
      this.recorded = { ...this.recorded, prompt, played: [] }
    } finally {
      this.prompting = false
    }
  }

  private async encodePrompt(frames: readonly PromptFrame[]): Promise<Int32Array<ArrayBuffer>> {
    const tokens: number[] = []
    this.frame = 0
    for (const frame of frames) {
      this.machine.maskgit.setFrameInfo(this.frame, this.sampling.seed, -1)
      this.machine.writePrompt(frame)
      this.encode(passes => this.machine.encodePrompt(passes, frame instanceof Uint32Array))
      this.frame++
      this.flush()
      tokens.push(...(await this.tokens()))
    }
    return Int32Array.from(tokens)
  }

  /**
   * Queues the next frame, the one that `action` leads to. It is submitted by `draw` if that follows in the same task, else when
   * the task ends (or at once by `flush`).
   * @returns whether it was queued. While two frames are under way it is not, and nothing changes: await `ready`
   * @throws RangeError when the action or a sampling setting is out of range, GpuError when the device was lost
   */
  step(action: number): boolean {
    this.assertReady()
    checkStep(this, action)
    const { seed, ...sampling } = this.sampling
    if (!this.queue.hasRoom) return false
    // What is pending must be submitted before the clock is written, or it would see the new time.
    this.flush()
    const { maskgit: player } = this.machine
    player.setSampling(sampling)
    player.setFrameInfo(this.frame, seed, action)
    this.encode(passes => this.machine.encodeFrame(passes), this.profile)
    this.queue.begin()
    this.frame++
    this.record(action)
    queueMicrotask(() => this.flush())
    return true
  }

  /** Resolves once `step` may queue a frame: fewer than two are under way. */
  get ready(): Promise<void> {
    return this.queue.ready
  }

  /**
   * Draws the newest frame over a canvas, nearest pixel: in the step's own submit where that was in the same task. A context that is
   * not configured yet is configured with this device.
   */
  draw(target: DrawTarget): void {
    this.assertAlive()
    this.presenter.draw(this.commands('draw'), target, this.profile?.hasBegun ? this.profile : undefined)
    this.flush()
  }

  /** The newest frame as an rgba8unorm texture of the frame's size, for a material in a host's scene. Submits what is pending. */
  get texture(): GPUTexture {
    this.assertAlive()
    const known = this.presenter.texture
    const texture = known ?? this.presenter.makeTexture()
    if (!known) this.presenter.updateTexture(this.commands('texture'))
    this.flush()
    return texture
  }

  /** Submits what is queued. */
  flush(): void {
    if (!this.pending) return
    const profile = this.profile?.hasBegun ? this.profile : undefined
    profile?.resolve(this.pending)
    const commands = this.pending.finish()
    this.pending = undefined
    this.gpu.device.queue.submit([commands])
    this.queue.submitted(this.gpu.device.queue)
    if (!profile) return
    profile.read()
    this.profile = undefined
  }

  /** The newest frame's pixels, RGBA [H, W, 4]. */
  async read(): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const values = new Float32Array(await this.readback(this.machine.pixels))
    const { height, width } = this.config.frame
    const rgba = new Uint8ClampedArray(4 * height * width).fill(255)
    for (let i = 0; i < height * width; i++)
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = Math.round(255 * values[3 * i + c]!)
    return rgba
  }

  /** The newest frame's tokens, [S]. */
  async tokens(): Promise<Int32Array<ArrayBuffer>> {
    const { tokens } = this.machine.maskgit
    return new Int32Array(await this.readback(tokens), 0, tokens.length)
  }

  /** Whether the steps in which frames from now on are decoded are noted, on the GPU, for `steps`. */
  recordDecoding(on: boolean): void {
    this.assertAlive()
    this.machine.maskgit.recordTrace(on)
  }

  /** How the newest frame's tokens became known, step after step, where `watch` was on when it was queued. */
  async decodingSteps(): Promise<DecodingStep[]> {
    this.assertAlive()
    this.flush()
    return this.machine.maskgit.readSteps()
  }

  /**
   * Times the frame that is stepped next, by stage: `dynamics`, `sampling`, `decode`, and `draw` where that is in the same submit.
   * @returns milliseconds, or undefined where the device lacks timestamp-query
   */
  async timeNextFrame(): Promise<StageTimes | undefined> {
    this.assertAlive()
    this.profile?.dispose()
    this.profile = Profile.create(this.gpu)
    return this.profile?.times
  }

  /** The prompt's tokens, frame after frame, [P · S]. */
  promptTokens(): Int32Array<ArrayBuffer> {
    return this.recorded.prompt.slice()
  }

  /** What led here: the prompt and every action since, to be kept, made a link of, or given to `replay`. */
  recording(): Recording {
    return copyRecording(this.recorded)
  }

  /**
   * Dreams a recording again, every frame of it. `onFrame` is called as each is queued, to draw it or to stop by throwing.
   * @throws RangeError when it is of another model, or holds what this one cannot play
   */
  replay(recording: Recording, onFrame?: () => void): Promise<void> {
    return replayOn(this, recording, onFrame)
  }

  /** Copies the state on the GPU, to return to. */
  save(): Snapshot {
    this.assertReady()
    const { state } = this.machine
    const copies = state.map(t => this.gpu.tensor(`saved ${t.label}`, t.shape, t.type))
    this.copy(state, copies)
    const dispose = () => {
      if (this.snapshots.delete(moment)) this.gpu.free(...copies)
    }
    const moment: Snapshot = { frame: this.frame, dispose }
    this.snapshots.set(moment, { frame: this.frame, copies, recording: this.recording() })
    return moment
  }

  /**
   * Returns to a moment of this world.
   * @throws GpuError when it is another world's, or was disposed of
   */
  restore(moment: Snapshot): void {
    this.assertReady()
    const saved = this.snapshots.get(moment)
    if (!saved) throw new GpuError('this moment is of another world, or has been disposed of')
    this.copy(saved.copies, this.machine.state)
    this.frame = saved.frame
    this.recorded = copyRecording(saved.recording)
    if (!this.presenter.texture) return
    this.presenter.updateTexture(this.commands('texture'))
    this.flush()
  }

  /**
   * Another World at this moment, with a future of its own. It shares the weights and the device: it takes memory for its state
   * alone. Each of them is to be disposed of.
   */
  fork(): World {
    this.assertReady()
    const gpu = this.gpu.scope()
    try {
      const twin = new World(new WorldState(gpu, this.machine.model).buildNow(), { ...this.sampling })
      this.copy(this.machine.state, twin.machine.state)
      twin.frame = this.frame
      twin.recorded = this.recording()
      return twin
    } catch (error) {
      gpu.dispose()
      throw error
    }
  }

  /** Frees all that was made for it; never the embedder's device. */
  dispose(): void {
    this.pending = undefined
    this.profile?.dispose()
    this.fault ??= 'the world has been disposed of'
    this.presenter.dispose()
    this.gpu.dispose()
  }

  /** What is pending, or a new encoder. */
  private commands(label: string): GPUCommandEncoder {
    this.pending ??= this.gpu.device.createCommandEncoder({ label })
    return this.pending
  }

  private encode(record: (passes: Passes) => void, profile?: Profile): void {
    const commands = this.commands(`frame ${this.frame}`)
    if (profile) {
      record(profile.passes(commands))
      profile.endPass()
    } else {
      const pass = commands.beginComputePass()
      record(pass)
      pass.end()
    }
    this.presenter.updateTexture(commands)
  }

  /** Notes an action that was played, beside those played under the same sampling. */
  private record(action: number): void {
    const { played } = this.recorded
    const last = played.at(-1)
    if (last && isSame(last.sampling, this.sampling)) last.actions.push(action)
    else played.push({ sampling: { ...this.sampling }, actions: [action] })
  }

  private async readback(tensor: Tensor): Promise<ArrayBuffer> {
    this.assertAlive()
    this.flush()
    try {
      const bytes = await this.gpu.read(tensor)
      await this.gpu.throwPendingError()
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

const isSame = (a: Sampling, b: Sampling) => (Object.keys(a) as (keyof Sampling)[]).every(name => a[name] === b[name])
