// Checkpoints of another project, PyTorch's or safetensors, to a model's folder: config.json, and a safetensors file per component under the checkpoint's own
// tensor names. Works on bytes, in a browser and under Node.

import { COMPONENT_NAMES, type ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import type { ParameterSpec } from '../weights/load.ts'
import type { ModelCheckpoint } from '../weights/pytorch/checkpoint.ts'
import {
  type ByteSource,
  FormatError,
  type HostTensor,
  readSafetensors,
  writeSafetensors,
} from '../weights/safetensors.ts'
import { CheckpointError, checkpointError, tensorLine, tensorLines } from './checkpoint_error.ts'
import { families } from './families.ts'
import { parseConfig } from './parse_config.ts'

/** How a family's checkpoints are recognised, and the config that they imply. */
export interface CheckpointFormat {
  /** Which component a checkpoint is, by the names of its tensors. */
  recognise(names: ReadonlyMap<string, unknown>): ComponentName | undefined
  /**
   * The fields of config.json but `format`, `family` and `name`.
   * @param onNotice gets a sentence for each size that no checkpoint tells, with what is assumed
   * @throws FormatError naming what is missing
   */
  config(parts: Record<ComponentName, ModelCheckpoint>, onNotice: (sentence: string) => void): Record<string, unknown>
  /** Whether a tensor is not needed: the config determines it, or only training reads it. */
  ignored(name: string): boolean
  /** The components of a file that holds a whole world of this family; undefined for any other. @throws CheckpointError for one that is not supported */
  split?(checkpoint: ModelCheckpoint): ModelCheckpoint[] | undefined
}

/** The files of a converted model: name → its bytes in pieces. */
type ConvertedFiles = Record<string, Uint8Array[]>

/**
 * Converts the three components of a world, given in any order, or the one file of all three.
 * @param name the `name` of config.json
 * @param onNotice gets a sentence for each size that no checkpoint tells
 * @throws FormatError when a component is missing or there twice; CheckpointError when a checkpoint is of no known family, or its tensors do not fit
 */
export async function convertCheckpoints(
  checkpoints: readonly ModelCheckpoint[],
  name: string,
  onNotice: (sentence: string) => void = () => {},
): Promise<ConvertedFiles> {
  const { family, models, parts } = await sortParts(checkpoints)
  const fields = models.checkpoints!.config(parts, onNotice)
  const text = `${JSON.stringify({ format: 'genie-1', family: family.name, name, ...fields }, undefined, 2)}\n`
  const config = impliedConfig(text, Object.values(parts))
  const wrong: string[] = []
  const files: ConvertedFiles = { 'config.json': [new TextEncoder().encode(text)] }
  for (const component of COMPONENT_NAMES) {
    const { name: source, tensors } = parts[component]
    const kept = new Map([...tensors].filter(([tensor]) => !models.checkpoints!.ignored(tensor)))
    const specs = await models.tensors[component](config)
    const lines = wrongTensors(kept, specs).map(line => `${source}: ${line}`)
    wrong.push(...lines)
    if (lines.length > 0) continue
    const written = Object.fromEntries(
      specs.map(({ name: tensor }): [string, HostTensor] => [tensor, kept.get(tensor)!.read()]),
    )
    files[`${component}.safetensors`] = writeSafetensors(written)
  }
  if (wrong.length > 0) {
    const others = wrong.length > 1 ? `, and ${wrong.length - 1} more tensors` : ''
    throw new CheckpointError(`the checkpoints do not fit: ${wrong[0]}${others}`, wrong)
  }
  return files
}

/** The config that checkpoints imply. @throws CheckpointError with all that was found in them, where it is not valid */
function impliedConfig(text: string, parts: readonly ModelCheckpoint[]): Config {
  try {
    return parseConfig(text, 'the config of these checkpoints')
  } catch (error) {
    const lines = parts.flatMap(part =>
      [`config ${JSON.stringify(part.config)}`, ...tensorLines(part)].map(line => `${part.name}: ${line}`),
    )
    throw new CheckpointError((error as FormatError).message, lines)
  }
}

/** A safetensors file as a checkpoint, with its metadata as config. @throws FormatError as SafetensorsReader does */
export async function readSafetensorsCheckpoint(source: ByteSource): Promise<ModelCheckpoint> {
  const { tensors, metadata } = await readSafetensors(source)
  const readable = [...tensors].map(([name, t]) => [name, { dtype: t.dtype, shape: t.shape, read: () => t }] as const)
  return { name: source.name, tensors: new Map(readable), config: metadata }
}

/** Each family with its models. */
const loadFamilies = () => Promise.all(families.map(async family => ({ family, models: await family.load() })))

/** The components of checkpoints, of which one may hold a whole world. @throws CheckpointError as `split` does */
export async function componentsOf(checkpoints: readonly ModelCheckpoint[]): Promise<ModelCheckpoint[]> {
  const all = await loadFamilies()
  return checkpoints.flatMap(checkpoint => {
    for (const { models } of all) {
      const parts = models.checkpoints?.split?.(checkpoint)
      if (parts) return parts
    }
    return [checkpoint]
  })
}

async function sortParts(given: readonly ModelCheckpoint[]) {
  const all = await loadFamilies()
  const checkpoints = await componentsOf(given)
  const first = checkpoints[0]
  if (!first) throw new FormatError('there is no checkpoint to convert')
  const found = all.find(({ models }) => models.checkpoints?.recognise(first.tensors))
  const parts = new Map<ComponentName, ModelCheckpoint>()
  for (const checkpoint of checkpoints) {
    const component = found?.models.checkpoints?.recognise(checkpoint.tensors)
    if (!component)
      throw checkpointError(checkpoint, `it belongs to no supported family; it holds ${listed(checkpoint)}`)
    const other = parts.get(component)
    if (other)
      throw new FormatError(`${other.name} and ${checkpoint.name} are both a ${component}, expected one of each`)
    parts.set(component, checkpoint)
  }
  const missing = COMPONENT_NAMES.filter(component => !parts.has(component))
  if (missing.length > 0)
    throw new FormatError(
      `the checkpoint of ${missing.join(' and ')} is missing: give one of each of ${COMPONENT_NAMES.join(', ')}`,
    )
  return { ...found!, parts: Object.fromEntries(parts) as Record<ComponentName, ModelCheckpoint> }
}

/** What a checkpoint holds, for an error. */
function listed({ tensors }: ModelCheckpoint): string {
  const some = [...tensors].slice(0, 4).map(([name, { shape, dtype }]) => tensorLine(name, shape, dtype))
  return `${tensors.size} tensors, ${some.join(', ')} …`
}

/** Every tensor that is missing, unexpected, of a wrong shape, or of a type that is not supported. */
function wrongTensors(found: ModelCheckpoint['tensors'], specs: readonly ParameterSpec[]): string[] {
  const lines: string[] = []
  for (const { name, shape } of specs) {
    const t = found.get(name)
    const wanted = `[${shape.join(', ')}]`
    if (!t) lines.push(`${name} is missing, expected ${wanted}`)
    else if (`[${t.shape.join(', ')}]` !== wanted)
      lines.push(`${tensorLine(name, t.shape, t.dtype)}, expected ${wanted}`)
    else if (!['F32', 'F16', 'BF16'].includes(t.dtype)) lines.push(`${name} is ${t.dtype}, expected F32, F16 or BF16`)
  }
  const known = new Set(specs.map(({ name }) => name))
  for (const [name, { shape, dtype }] of found)
    if (!known.has(name)) lines.push(`${tensorLine(name, shape, dtype)} is not expected`)
  return lines
}
