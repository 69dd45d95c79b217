// The interface of a family of models. Everything that differs between families is behind this interface, in the family's own
// file and folder; no other file compares a family's name.

import type { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { ActionModel, DynamicsModel, VideoTokenizer } from '../model/component_types.ts'
import type {
  Config,
  DynamicsConfig,
  LatentActionConfig,
  SamplingConfig,
  Section,
  TokenizerConfig,
} from '../model/config.ts'
import type { ComparisonRow } from '../validation/comparison.ts'
import type { ReferenceBundle } from '../validation/reference_bundle.ts'
import type { ParameterSpec } from '../weights/load.ts'
import type { OpenFile } from '../weights/model_source.ts'
import type { ByteSource } from '../weights/safetensors.ts'
import type { PlayState } from '../world/play_state.ts'
import type { CheckpointFormat } from './convert.ts'

/** The models of a folder, each if its file is there. */
export interface Components {
  tokenizer: VideoTokenizer
  latentActionModel?: ActionModel
  dynamics?: DynamicsModel
}

/** What play needs of a model, loaded; its worlds share it. */
export interface PlayModel {
  createState(gpu: Gpu): PlayState
}

export interface Family {
  /** `family` in config.json. */
  name: string
  /** Parses a section of config.json. @throws FormatError naming the field */
  sections: {
    tokenizer(s: Section, top: Section): TokenizerConfig
    latent_action(s: Section, top: Section): LatentActionConfig
    dynamics(s: Section, top: Section): DynamicsConfig
  }
  sampling(s: Section): SamplingConfig
  /** Whether logits can be guided by those of a null action. */
  hasGuidance?: true
  /** Whether the engine trains it, and infers the actions of clips to train on. */
  isTrainable?: true
  /** Whether the time of a played frame can be estimated beforehand (src/world/cost.ts). */
  isEstimated?: true
  /** Its models. The code of a family is fetched when a config names it. */
  load(): Promise<FamilyModels>
}

export interface FamilyModels {
  /** The tensors that a config implies in each component's file, by their names there. */
  tensors: Record<ComponentName, (config: Config) => ParameterSpec[] | Promise<ParameterSpec[]>>
  /** The components that play needs. */
  playComponents: readonly ComponentName[]
  /** @param files of `playComponents`, in that order. @throws FormatError as loadWeights does */
  loadPlay(gpu: Gpu, config: Config, files: readonly ByteSource[]): Promise<PlayModel>
  /** @param has whether a component's file is there; the tokenizer's must be */
  loadComponents(
    gpu: Gpu,
    config: Config,
    open: OpenFile,
    has: (component: ComponentName) => Promise<boolean>,
  ): Promise<Components>
  /** Computes and compares every output that the bundle has. */
  validate(gpu: Gpu, config: Config, open: OpenFile, bundle: ReferenceBundle): Promise<ComparisonRow[]>
  /** Lines for `djinn inspect`: how the model is computed in play, and what that costs. */
  notes(config: Config): string[]
  /** How its authors' checkpoints become a model's folder, if the engine converts them. */
  checkpoints?: CheckpointFormat
}
