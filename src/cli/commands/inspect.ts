// `djinn inspect`: what is in a safetensors file, or in a model's directory and whether its files fit its config.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { familyOf } from '../../families/families.ts'
import { COMPONENT_NAMES } from '../../model/component_names.ts'
import { type Config, codebooksOf, patchCount } from '../../model/config.ts'
import { checkHeader } from '../../weights/load.ts'
import { printable } from '../../weights/printable.ts'
import { SafetensorsReader } from '../../weights/safetensors.ts'
import type { Header } from '../../weights/safetensors_header.ts'
import { worldMemory } from '../../world/memory.ts'
import type { Command } from '../arguments.ts'
import { installWebGpuGlobals } from '../dawn.ts'
import { fileSource, readConfig } from '../model_files.ts'
import { bytesText, table } from '../table.ts'

export const inspect: Command = {
  summary:
    "Lists a safetensors file's tensors, or a model's components, parameters and memory, and checks its files against its config.",
  usage: ['inspect FILE.safetensors', 'inspect MODEL_DIR'],
  positionals: ['FILE|MODEL_DIR'],
  options: {},
  async run(args) {
    const path = args.positional('FILE|MODEL_DIR')
    const isDirectory = (await stat(path).catch(() => undefined))?.isDirectory()
    console.log(await (isDirectory ? describeModel(path) : readHeader(path).then(describeFile)))
  },
}

async function readHeader(path: string): Promise<Header> {
  const reader = await SafetensorsReader.open(await fileSource(path))
  await reader.close()
  return reader.header
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** What a header says, for people. */
export function describeFile({ tensors, metadata }: Header): string {
  const rows = tensors.map(t => [t.name, t.dtype, `[${t.shape.join(', ')}]`, bytesText(t.end - t.begin)])
  const notes = Object.entries(metadata).map(([key, value]) => printable(`${key}: ${value}`, 1000))
  const elements = tensors.reduce((sum, t) => sum + product(t.shape), 0)
  const bytes = bytesText(tensors.at(-1)?.end ?? 0)
  return [
    ...notes,
    table(['tensor', 'type', 'shape', 'size'], rows),
    `${tensors.length} tensors, ${elements} elements, ${bytes}`,
  ].join('\n')
}

async function describeModel(directory: string): Promise<string> {
  const config = await readConfig(directory)
  const rows: string[][] = []
  const present = new Set<string>()
  let total = 0
  const family = await familyOf(config).load()
  for (const name of COMPONENT_NAMES) {
    const path = join(directory, `${name}.safetensors`)
    // A model that is only validated, or only played, need not have all of them.
    if (!(await stat(path).catch(() => undefined))) {
      rows.push([name, 'absent', '', '', ''])
      continue
    }
    const header = await readHeader(path)
    checkHeader(header, await family.tensors[name](config), path)
    present.add(name)
    const parameters = header.tensors.reduce((sum, t) => sum + product(t.shape), 0)
    const types = [...new Set(header.tensors.map(t => t.dtype))].join(', ')
    rows.push([name, types, `${header.tensors.length}`, `${parameters}`, bytesText(header.tensors.at(-1)?.end ?? 0)])
    total += parameters
  }
  const isPlayable = family.playComponents.every(name => present.has(name))
  return [
    ...summary(config),
    ...family.notes(config),
    '',
    table(['component', 'type', 'tensors', 'parameters', 'size'], rows),
    `${total} parameters`,
    ...(isPlayable ? ['', await memoryTable(config)] : []),
  ].join('\n')
}

/** What a world will take on the GPU, in either precision. */
async function memoryTable(config: Config): Promise<string> {
  await installWebGpuGlobals()
  const rows: string[][] = []
  for (const precision of ['f16', 'f32'] as const) {
    const { weights, caches, working, total } = await worldMemory(config, precision)
    rows.push([precision, ...[weights, caches, working, total].map(bytesText)])
  }
  return table(['memory in play', 'weights', 'caches', 'working', 'total'], rows)
}

/** A line for the whole and for every section that the config has. */
function summary({ name, family, frame, sampling: s, ...sections }: Config): string[] {
  const { tokenizer: t, latent_action: a, dynamics: d }: Partial<Config> = sections
  return [
    `${name}${family ? ` (${family})` : ''}: ${frame.height}×${frame.width} pixels, ${frame.rate} frames per second`,
    t &&
      `tokenizer: ${patchCount(frame, t.patch)} tokens per frame of ${codebooksOf(t) > 1 ? `${codebooksOf(t)} × ` : ''}${t.codes} codes, patch ${t.patch}, width ${t.width}, ${t.encoder_layers} + ${t.decoder_layers} layers, window ${t.window}${(t.variant ?? 'st-vivit') === 'st-vivit' ? '' : `, ${t.variant}`}`,
    a &&
      `latent actions: ${a.actions}, ${a.input === 'tokens' ? 'of tokens' : `patch ${a.patch}`}, width ${a.width}, ${a.encoder_layers} + ${a.decoder_layers} layers, window ${a.window}`,
    d && `dynamics: width ${d.width}, ${d.heads} heads, ${d.layers} layers, window ${d.window}`,
    `sampling: ${s.steps} steps per frame, temperature ${s.temperature}, of choice ${s.choice_temperature}, guidance ${s.guidance}`,
  ].filter(line => line !== undefined)
}
