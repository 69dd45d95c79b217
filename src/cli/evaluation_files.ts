// An evaluation of a model's directory: loading of its parts, and the files that it leaves.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { EvalClips } from '../evaluation/eval_clips.ts'
import { evaluate, type LoadedModel } from '../evaluation/evaluate.ts'
import type { ContactSheet } from '../evaluation/numbers.ts'
import { familyOf } from '../families/families.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { World } from '../world/world.ts'
import { encodeSheet } from './contact_sheet.ts'
import { evaluationTable } from './evaluation_table.ts'
import { directorySource, readConfig } from './model_files.ts'
import { showProgress } from './progress.ts'
import { makeFolder, writeWhole } from './whole_file.ts'

const SCALE = 2 // of contact sheets

/** Measures a model on clips, prints the table, and writes table, JSON and contact sheets into a folder. */
export async function evaluateInto(
  gpu: Gpu,
  directory: string,
  evalClips: EvalClips,
  data: string,
  { plays, out }: { plays: number; out: string },
): Promise<void> {
  const config = await readConfig(directory)
  await makeFolder(out)
  const parts = await loadParts(gpu, config, directory)
  const start = performance.now()
  const { numbers, reasons, sheets, clips } = await evaluate(parts, evalClips, {
    plays,
    wantsSheets: true,
    show: showProgress,
  })
  parts.world?.dispose()
  const minutes = Number(((performance.now() - start) / 60_000).toFixed(1))
  const about = { model: config.name, data, adapter: gpu.adapterName, precision: gpu.precision, clips, minutes }
  const json = JSON.stringify({ ...numbers, ...about, reasons }, undefined, 2)
  const table = evaluationTable(numbers, reasons, clips)
  await writeEvaluation(out, config, { json, table, sheets })
  console.log(table)
}

/** Writes evaluation.json, evaluation.txt and contact sheets. */
export async function writeEvaluation(
  out: string,
  config: Config,
  { json, table, sheets }: { json: string; table: string; sheets: Record<string, ContactSheet> },
): Promise<void> {
  await writeWhole(join(out, 'evaluation.json'), `${json}\n`)
  await writeWhole(join(out, 'evaluation.txt'), `${table}\n`)
  for (const [name, sheet] of Object.entries(sheets))
    await writeWhole(join(out, `${name}.png`), await picture(sheet, config))
}

/** Loads the components whose files exist. The tokenizer must. */
export async function loadParts(gpu: Gpu, config: Config, directory: string): Promise<LoadedModel> {
  const files = directorySource(directory)
  const has = async (name: string) =>
    (await stat(join(directory, `${name}.safetensors`)).catch(() => undefined)) !== undefined
  const components = await (await familyOf(config).load()).loadComponents(gpu, config, file => files.open(file), has)
  const parts: LoadedModel = { gpu, ...components }
  if (components.dynamics) parts.world = await World.load(files, { device: gpu.device, precision: gpu.precision })
  return parts
}

function picture({ columns, pictures }: ContactSheet, { frame: { height, width } }: Config): Promise<Uint8Array> {
  const data = Uint8Array.from(pictures.flatMap(values => Array.from(values, value => Math.round(255 * value))))
  return encodeSheet({ count: pictures.length, height, width, data }, SCALE, columns)
}
