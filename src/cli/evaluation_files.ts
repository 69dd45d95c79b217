// An evaluation of a model's directory: loading of its parts, and the files that it leaves.
import { stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { EvalClips } from '../evaluation/eval_clips.ts'
import { type EvaluationOptions, evaluate, type LoadedModel } from '../evaluation/evaluate.ts'
import type { ContactSheet } from '../evaluation/numbers.ts'
import { readPicture } from '../evaluation/rollout.ts'
import { heldSheet } from '../evaluation/rollout_metrics.ts'
import { familyOf } from '../families/families.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Config } from '../model/config.ts'
import { World } from '../world/world.ts'
import { encodeSheet } from './contact_sheet.ts'
import { evaluationTable } from './evaluation_table.ts'
import type { Image } from './images.ts'
import { directorySource, readConfig } from './model_files.ts'
import { showProgress } from './progress.ts'
import { makeFolder, writeWhole } from './whole_file.ts'

const SCALE = 2 // of contact sheets

interface EvaluationRequest extends Pick<EvaluationOptions, 'plays' | 'find' | 'jumpRecall'> {
  /** The folder for the table, the JSON and contact sheets. */
  out?: string | undefined
  /** Pictures from which every key is held, and the names of their files. */
  prompts?: readonly { path: string; images: Image[] }[]
}

/**
 * Measures a model on clips.
 * @param data the name of the clips, for people
 * @throws Error where there is no dynamics to play from a prompt
 */
export async function evaluateInto(
  gpu: Gpu,
  directory: string,
  evalClips: EvalClips,
  data: string,
  { out, prompts = [], ...options }: EvaluationRequest,
): Promise<{ json: string; table: string }> {
  const config = await readConfig(directory)
  if (out !== undefined) await makeFolder(out)
  const parts = await loadParts(gpu, config, directory)
  const { world } = parts
  const start = performance.now()
  const wantsSheets = out !== undefined
  const { numbers, reasons, sheets, clips } = await evaluate(parts, evalClips, {
    ...options,
    wantsSheets,
    show: showProgress,
  })
  const minutes = Number(((performance.now() - start) / 60_000).toFixed(1))
  for (const { path, images } of prompts) {
    if (!world) throw new Error(`${directory}: has no dynamics.safetensors, so it cannot play from ${path}`)
    await world.prompt(images)
    const name = `prompt-${basename(path, extname(path)).slice(0, 50)}`
    sheets[name] = await heldSheet(world, await readPicture(world), showProgress)
  }
  world?.dispose()
  const { adapterName: adapter, precision } = gpu
  const about = { model: config.name, data, adapter, precision, clips, minutes }
  const json = JSON.stringify({ ...numbers, ...about, reasons }, undefined, 2)
  const table = `${config.name} on ${data}; ${adapter}, ${precision}; ${minutes} minutes\n\n${evaluationTable(numbers, reasons, clips)}`
  if (out !== undefined) {
    await writeWhole(join(out, 'evaluation.json'), `${json}\n`)
    await writeWhole(join(out, 'evaluation.txt'), `${table}\n`)
    for (const [name, sheet] of Object.entries(sheets))
      await writeWhole(join(out, `${name}.png`), await picture(sheet, config))
  }
  return { json, table }
}

/** Loads the components whose files exist. The tokenizer must. */
async function loadParts(gpu: Gpu, config: Config, directory: string): Promise<LoadedModel> {
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
