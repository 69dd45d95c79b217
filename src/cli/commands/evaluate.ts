// `djinn evaluate`: measures a world on clips it has not seen, as a table, JSON and contact sheets.
import { stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { findCharacters } from '../../../arcade/evaluation/character_finder.ts'
import { type LoadedModel, evaluate as measure } from '../../evaluation/evaluate.ts'
import type { ContactSheet } from '../../evaluation/numbers.ts'
import { readPicture } from '../../evaluation/rollout.ts'
import { heldSheet } from '../../evaluation/rollout_metrics.ts'
import { familyOf } from '../../families/families.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Config } from '../../model/config.ts'
import { World } from '../../world/world.ts'
import { type Command, UsageError } from '../arguments.ts'
import { openClips } from '../clip_reader.ts'
import { encodeSheet } from '../contact_sheet.ts'
import { evaluationTable } from '../evaluation_table.ts'
import { directorySource, readConfig } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { showProgress } from '../progress.ts'
import { readPrompt } from '../prompts.ts'
import { makeFolder, writeWhole } from '../whole_file.ts'

const CLIPS = 16
const SCALE = 2 // of contact sheets

export const evaluate: Command = {
  summary: 'Measures a world on clips it has not seen: tokenizer, latent actions, dynamics, and how it plays.',
  usage: ['evaluate MODEL_DIR CLIP.safetensors [--clips N] [--json] [--prompt FILE…] [--out DIR]'],
  positionals: ['MODEL_DIR', 'CLIP.safetensors'],
  variadicOption: 'prompt',
  options: {
    clips: {
      value: 'N',
      help: `clips to play with inferred actions (${CLIPS}); four times as many are encoded, half as many are prompts from which every action is held, a quarter are rolled out for 64 frames`,
    },
    json: { help: 'print the numbers as one JSON object' },
    out: { value: 'DIR', help: 'folder for contact sheets (PNG), the table and the JSON' },
    prompt: {
      value: 'FILE',
      multiple: true,
      help: 'PNG or JPEG pictures: every key is held from each, one contact sheet per picture in --out',
    },
    precision: precisionOption,
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    const path = args.positional('CLIP.safetensors')
    const plays = args.integer('clips', CLIPS, 1, 100_000)
    const precision = precisionOf(args)
    const out = args.text('out')
    const prompts = args.texts('prompt')
    if (prompts.length > 0 && out === undefined)
      throw new UsageError('--prompt needs --out, where its contact sheets go')
    const config = await readConfig(directory)
    const { height, width } = config.frame
    const clips = await openClips(path, config)
    if (clips.length < 2) throw new Error(`${path}: its clips have one frame each, expected two or more`)
    const pictures = await Promise.all(prompts.map(prompt => readPrompt(prompt, width, height)))
    if (out !== undefined) await makeFolder(out)
    const gpu = await openGpu(precision)
    const parts = await loadParts(gpu, config, directory)
    const start = performance.now()
    const {
      numbers,
      reasons,
      sheets,
      clips: used,
    } = await measure(parts, await clips.evalClips(), {
      plays,
      wantsSheets: out !== undefined,
      show: showProgress,
      find: findCharacters,
    })
    const minutes = Number(((performance.now() - start) / 60_000).toFixed(1))
    const { world } = parts
    for (const [i, images] of pictures.entries()) {
      if (!world) throw new Error(`${directory}: has no dynamics.safetensors, so it cannot play from ${prompts[i]}`)
      await world.prompt(images)
      const name = `prompt-${basename(prompts[i], extname(prompts[i])).slice(0, 50)}`
      sheets[name] = await heldSheet(world, await readPicture(world), showProgress)
    }
    const about = {
      model: config.name,
      data: path,
      adapter: gpu.adapterName,
      precision: gpu.precision,
      clips: used,
      minutes,
    }
    const json = JSON.stringify({ ...numbers, ...about, reasons }, undefined, 2)
    const table = `${config.name} on ${path}; ${gpu.adapterName}, ${gpu.precision}; ${minutes} minutes\n\n${evaluationTable(numbers, reasons, used)}`
    if (out !== undefined) {
      await writeWhole(join(out, 'evaluation.json'), `${json}\n`)
      await writeWhole(join(out, 'evaluation.txt'), `${table}\n`)
      for (const [name, sheet] of Object.entries(sheets))
        await writeWhole(join(out, `${name}.png`), await picture(sheet, config))
    }
    console.log(args.flag('json') ? json : table)
  },
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
