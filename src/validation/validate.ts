// Validation: compares the engine with a reference bundle, numbers that another implementation of the model computed.

import { familyOf } from '../families/families.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { type ByteSource, FormatError, readSafetensors } from '../weights/safetensors.ts'
import type { ComparisonRow } from './comparison.ts'

/**
 * Computes and compares every output that the bundle has. In f16, differing tokens are counted but do not fail.
 * @throws FormatError when the bundle is malformed, has no output, or disagrees with the config in size
 */
export async function validate(gpu: Gpu, config: Config, open: OpenFile, bundle: ByteSource): Promise<ComparisonRow[]> {
  // Play does not load validation.
  const { ReferenceBundle } = await import('./reference_bundle.ts')
  const { tensors, metadata } = await readSafetensors(bundle)
  const models = await familyOf(config).load()
  const rows = await models.validate(gpu, config, open, new ReferenceBundle(bundle.name, tensors, metadata, config))
  if (rows.length === 0) throw new FormatError(`${bundle.name}: holds none of the outputs of docs/model.md §7`)
  return rows
}
