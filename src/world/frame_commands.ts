// The commands of a world: one encoder collects what is queued, and one submit sends it. A frame can be timed by stage.

import type { GpuError } from '../gpu/errors.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { type Passes, Profile, type StageTimes } from '../gpu/profile.ts'
import type { FrameQueue } from './frame_queue.ts'

export class FrameCommands {
  private pending: GPUCommandEncoder | undefined
  private profile: Profile | undefined

  constructor(
    private readonly gpu: Gpu,
    private readonly queue: FrameQueue,
  ) {}

  /** The pending encoder, or a new one. */
  encoder(label: string): GPUCommandEncoder {
    this.pending ??= this.gpu.device.createCommandEncoder({ label })
    return this.pending
  }

  /** Encodes a compute pass, or the passes of a frame: one by stage if the frame is to be timed. */
  encode(label: string, record: (passes: Passes) => void, isFrame: boolean): GPUCommandEncoder {
    const encoder = this.encoder(label)
    if (isFrame && this.profile) this.profile.encode(encoder, record)
    else {
      const pass = encoder.beginComputePass()
      record(pass)
      pass.end()
    }
    return encoder
  }

  /** The profile of the pending frame, if it is timed. */
  get pendingProfile(): Profile | undefined {
    return this.profile?.hasBegun ? this.profile : undefined
  }

  /** Submits what is pending. */
  submit(): void {
    const { pending, pendingProfile: profile } = this
    if (!pending) return
    profile?.resolve(pending)
    this.pending = undefined
    this.gpu.submit(pending)
    this.queue.submitted(() => this.gpu.finished())
    if (!profile) return
    profile.read()
    this.profile = undefined
  }

  /** The times of the next frame; undefined where the device lacks timestamp-query. */
  timeNextFrame(): Promise<StageTimes> | undefined {
    this.profile ??= Profile.create(this.gpu)
    return this.profile?.times
  }

  /** Drops what is pending. @param fault what a timed frame rejects with */
  dispose(fault: GpuError): void {
    this.pending = undefined
    this.profile?.dispose(fault)
    this.profile = undefined
  }
}
