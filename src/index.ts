// The public names, nothing else.

export type { GpuOptions, TuningCache } from './gpu/device.ts'
export { ArgumentError, DjinnError, type ErrorCode, GpuError } from './gpu/errors.ts'
export { Gpu } from './gpu/gpu.ts'
export type { Precision, Requirement } from './gpu/kernel.ts'
export type { StageTimes } from './gpu/profile.ts'
export type {
  Config,
  DynamicsConfig,
  LatentActionConfig,
  SamplingConfig,
  TokenizerConfig,
  TransformerConfig,
} from './model/config.ts'
export type { DecodingStep } from './model/decoding_trace.ts'
export type { ComparisonRow } from './validation/comparison.ts'
export { validate } from './validation/validate.ts'
export { FormatError } from './weights/format_error.ts'
export { type ModelSource, urlSource } from './weights/model_source.ts'
export { type ByteSource, bytesSource } from './weights/safetensors.ts'
export type { AdapterFile, CostPoint } from './world/adapters.ts'
export type { AdapterCost, FrameWork } from './world/cost.ts'
export type { PixelImage, PromptImage } from './world/image.ts'
export type { WorldMemory } from './world/memory.ts'
export type { LoadOptions } from './world/model.ts'
export type { DrawTarget } from './world/presenter.ts'
export type { Prompt } from './world/prompt.ts'
export {
  decodeRecording,
  encodeRecording,
  type Recording,
  type RecordingSpan,
  type Sampling,
} from './world/recording.ts'
export type { Snapshot } from './world/snapshots.ts'
export type { FrameEstimate, Support, SupportOptions } from './world/support.ts'
export { World } from './world/world.ts'
