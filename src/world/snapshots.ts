// The snapshots of a world: copies of its state on the GPU, each with the recording that led to it.

import { ArgumentError, type GpuError } from '../gpu/errors.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { PlayState } from './play_state.ts'
import { NO_SNAPSHOT } from './playable.ts'
import type { Recording } from './recording.ts'

/** A state that a world can return to. It holds GPU memory until it or its World is disposed of. */
export interface Snapshot {
  /** Frames that the world had, the prompt's included. */
  readonly frame: number
  dispose(): void
}

interface SnapshotData {
  copies: readonly Tensor[]
  recording: Recording
  /** Why it cannot be restored: the GPU had no memory for it. */
  fault?: GpuError
}

export class Snapshots {
  private readonly saved = new Map<Snapshot, SnapshotData>()

  save(state: PlayState, frame: number, recording: Recording): Snapshot {
    const gpu = state.gpu.scope()
    const copies = state.tensors.map(t => gpu.tensor(`saved ${t.label}`, t.shape, t.type))
    copyTensors(gpu, state.tensors, copies)
    const data: SnapshotData = { copies, recording }
    const snapshot: Snapshot = {
      frame,
      dispose: () => {
        if (this.saved.delete(snapshot)) gpu.dispose()
      },
    }
    this.saved.set(snapshot, data)
    gpu.allocated().catch((error: GpuError) => {
      data.fault = error
      gpu.dispose()
    })
    return snapshot
  }

  /** @throws ArgumentError when the snapshot is another world's or was disposed of, GpuError when it got no memory */
  get(snapshot: Snapshot): SnapshotData {
    const saved = this.saved.get(snapshot)
    if (!saved) throw new ArgumentError(NO_SNAPSHOT)
    if (saved.fault) throw saved.fault
    return saved
  }

  dispose(): void {
    for (const snapshot of this.saved.keys()) snapshot.dispose()
  }
}

/** Copies tensors of the same shapes, in order. @param owner the Gpu of new tensors among them */
export function copyTensors(owner: Gpu, from: readonly Tensor[], to: readonly Tensor[]): void {
  const encoder = owner.device.createCommandEncoder()
  for (const [i, t] of from.entries()) encoder.copyBufferToBuffer(t.buffer, 0, to[i]!.buffer, 0, t.bytes)
  owner.submit(encoder)
}
