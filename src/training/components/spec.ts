// The description of a component of a world: all that training, validation and benchmarks use of it.

import type { Gpu } from '../../gpu/gpu.ts'
import type { Program } from '../../gpu/program.ts'
import type { ComponentName } from '../../model/component_names.ts'
import type { Config } from '../../model/config.ts'
import type { Weights } from '../../weights/load.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import type { TensorStore } from '../action_codes/saved_search.ts'
import type { Clips } from '../data/clips.ts'
import type { Recipe } from '../loop.ts'
import type { BatchShape, Loss, LossTerms, LossWeights } from '../losses.ts'
import type { Batch } from '../step.ts'
import type { Trainable, TrainableParameter } from '../trainable.ts'

/** What a recipe is made of. */
export interface RecipeContext {
  gpu: Gpu
  config: Config
  clips: Clips
  shape: BatchShape
  /** Opens the file of a component that was trained before. */
  open: OpenFile
  /** Keeps the action codes that latent actions are trained on. */
  codeStore?: TensorStore
  /** The latent actions of each clip, i32 [T - 1], where they are known; otherwise a clip's are inferred when it is first used. */
  knownActions?: readonly Int32Array[]
  /** Called with the share that is done, 0 … 1, of each piece of work before the first step. `what` names it; default: the search for action codes. */
  onProgress?: (share: number, what?: string) => void
  /** About how long the search for action codes may take. */
  searchSeconds?: number
  /** Called with a sentence when the recipe does something that was not asked for. */
  onNotice?: (sentence: string) => void
}

/** The inputs of a reference bundle. Methods throw a FormatError when a tensor is not of that shape, or holds other values. */
interface BundleInputs {
  config: Config
  has(name: string): boolean
  ints(name: string, shape: number[]): Int32Array<ArrayBuffer>
  bytes(name: string, shape: number[]): Uint8Array
  floats(name: string, shape: number[]): Float32Array<ArrayBuffer>
  /** u32 [H, W] RGBA8 each. */
  frames(name: string): Uint32Array<ArrayBuffer>[]
  checkRange(name: string, values: Int32Array, low: number, high: number): void
}

export interface ComponentSpec {
  /** The section of config.json, and NAME.safetensors. */
  name: ComponentName
  /** The components whose outputs it is trained on. */
  needs(config: Config): readonly ComponentName[]
  parameters(config: Config): TrainableParameter[]
  /** Refuses a config by which it cannot be trained. @throws FormatError */
  check?(config: Config): void
  /** By clip group, the largest gradient norm that passes unscaled. */
  clipNorms: Record<string, number>
  /** The default batch. */
  batch: BatchShape
  /** Records the forward pass and the losses over a batch. */
  recordLoss(p: Program, config: Config, weights: Weights, shape: BatchShape): Loss
  /** Those of model.md §8, those of the recipe, and those of its first phase, if that quantises nothing. */
  lossWeights: { base: LossWeights; train: LossWeights; autoencoder?: LossWeights }
  /** The inputs of a gradient bundle of one clip. One with `in.targets`, or with a `phase` in its metadata, has the recipe's loss. @throws FormatError when the bundle disagrees with the config */
  inputsFromBundle(bundle: BundleInputs, frames: number): Batch
  /** A batch that follows from its shape alone, the same in reference/step_time.py. */
  syntheticBatch(config: Config, shape: BatchShape): Batch
  recipe(context: RecipeContext): Promise<Recipe>
  /** Whether it ignores the weights of another world. */
  trainedFromScratch: boolean
  /** The component that continues with weights of another world; default: the same. */
  continued?(config: Config): ComponentSpec
  /** Whether this is such a component. Its checkpoints say so, for a run that resumes. */
  isContinued?: boolean
  /** For people, by name: first the number that says how good the component is. */
  metrics(terms: LossTerms): Record<string, number>
}

/** A component as a training step takes it, for batches of a shape. */
export function trainableOf(spec: ComponentSpec, config: Config, shape: BatchShape): Trainable {
  return {
    name: spec.name,
    parameters: spec.parameters(config),
    clipNorms: spec.clipNorms,
    recordLoss: (p, weights) => spec.recordLoss(p, config, weights, shape),
  }
}

/** Number i of a synthetic batch, below `count`. */
export const spread = (i: number, count: number): number => ((Math.imul(i, 2654435761) >>> 16) & 0x7fff) % count

/** Synthetic frames u32 [clips · T, H, W] RGBA8: every channel of every pixel is the next spread number. */
export function syntheticFrames({ frame }: Config, { clips, frames }: BatchShape): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: clips * frames * frame.height * frame.width }, (_, i) =>
    [0, 1, 2].reduce((word, c) => word | (spread(3 * i + c, 256) << (8 * c)), 0xff000000),
  )
}

/** Weights of 1 for all. */
export const ones = (length: number) => new Float32Array(length).fill(1)

/** Target codes where there are none, -1: each latent gets the nearest code. */
export const noTargetCodes = (length: number) => new Int32Array(length).fill(-1)
