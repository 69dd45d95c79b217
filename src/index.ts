// The public names, nothing else.

export { Gpu, GpuError, type GpuOptions } from './gpu/gpu.ts'
export type { Precision } from './gpu/kernel.ts'
export type { Row } from './model/comparison.ts'
export type { Config, SamplingConfig } from './model/config.ts'
export { validate } from './model/validate.ts'
export { type ByteSource, bytesSource, FormatError } from './weights/safetensors.ts'
export type { PixelImage, PromptImage } from './world/picture.ts'
export { type ModelSource, urlSource } from './world/source.ts'
export { type LoadOptions, type Moment, type Sampling, World } from './world/world.ts'
