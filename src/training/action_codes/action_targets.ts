// What latent actions are trained towards, and where the codes behind that are kept.

import type { HostTensor } from '../../weights/safetensors.ts'
import type { Clips, ClipWindow } from '../data/clips.ts'
import type { ConvolutionKernels } from '../init/compare_frames.ts'
import type { CodesFile } from './saved_search.ts'

/** Stores the action codes, so that a resumed run continues with them. Until they are found it stores the state of the search. */
export interface CodeStore {
  /** For people. */
  name: string
  /** What to do about a file that is refused. */
  advice?: string
  /** Undefined where there are none for this run. */
  read(): Promise<CodesFile | undefined>
  /** Writes all or nothing. */
  write(tensors: Record<string, HostTensor>, metadata?: Record<string, string>): Promise<void>
}

/** The target codes of some clips' transitions. The search that gives them ends before the encoder trains. */
export interface ActionTargets {
  clips: Clips
  /** i32 [T - 1]: the codes of a window of T frames. */
  codes(window: ClipWindow, frames: number): Promise<Int32Array>
  /** The operators found, with which the encoder's initial weights compare frames. */
  kernels: ConvolutionKernels
}
