// `djinn evaluate`: the engine's own meter of a world, on clips it has not seen: a table, the same as JSON, and pictures.
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
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

const CLIPS = 16
const SCALE = 2 // of pictures for people

export const evaluate: Command = {
  summary: 'Measures a world on clips it has not seen: tokenizer, latent actions, dynamics, and how it plays.',
  usage: ['evaluate MODEL_DIR CLIP.safetensors [--clips N] [--json] [--prompt FILE…] [--out DIR]'],
  positionals: ['MODEL_DIR', 'CLIP.safetensors'],
  variadicOption: 'prompt',
  options: {
    clips: {
      value: 'N',
      help: `clips to play with inferred actions (${CLIPS}); four times as many are watched, half as many are prompts to hold every action from, a quarter are rolled out for 64 frames`,
    },
    json: { help: 'the numbers as JSON on standard output, one object' },
    out: { value: 'DIR', help: 'a folder for pictures (PNG), the table and the JSON; made where there is none' },
    prompt: {
      value: 'FILE',
      multiple: true,
      help: 'PNG or JPEG unlike anything in training, to hold every key from: one picture each in --out',
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
    if (prompts.length > 0 && out === undefined) throw new UsageError('--prompt is of no use without --out')
    const config = await readConfig(directory)
    const { height, width } = config.frame
    const clips = await openClips(path, config)
    if (clips.length < 2) throw new Error(`${path}: its clips are single frames, expected two or more`)
    const pictures = await Promise.all(prompts.map(prompt => readPrompt(prompt, width, height)))
    if (out !== undefined) await mkdir(out, { recursive: true })
    const gpu = await openGpu(precision)
    const parts = await loadParts(gpu, config, directory)
    const start = performance.now()
    const {
      numbers,
      reasons,
      sheets,
      clips: used,
    } = await measure(parts, await clips.footage(), plays, out !== undefined, showProgress)
    const minutes = Number(((performance.now() - start) / 60_000).toFixed(1))
    const { world } = parts
    for (const [i, images] of pictures.entries()) {
      if (!world)
        throw new Error(`${directory}: has no dynamics.safetensors, so nothing can be played from ${prompts[i]}`)
      await world.prompt(images)
      const name = `prompt-${basename(prompts[i], extname(prompts[i]))}`
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
      await writeFile(join(out, 'evaluation.json'), `${json}\n`)
      await writeFile(join(out, 'evaluation.txt'), `${table}\n`)
      for (const [name, sheet] of Object.entries(sheets))
        await writeFile(join(out, `${name}.png`), picture(sheet, config))
    }
    console.log(args.flag('json') ? json : table)
  },
}

/** Those parts of the model whose files are there; the tokenizer must be. */
async function loadParts(gpu: Gpu, config: Config, directory: string): Promise<LoadedModel> {
  const files = directorySource(directory)
  const has = async (name: string) =>
    (await stat(join(directory, `${name}.safetensors`)).catch(() => undefined)) !== undefined
  const components = await (await familyOf(config).load()).loadComponents(gpu, config, file => files.open(file), has)
  const parts: LoadedModel = { gpu, ...components }
  if (components.dynamics) parts.world = await World.load(files, { device: gpu.device, precision: gpu.precision })
  return parts
}

function picture({ columns, pictures }: ContactSheet, { frame: { height, width } }: Config): Uint8Array {
  const data = Uint8Array.from(pictures.flatMap(values => Array.from(values, value => Math.round(255 * value))))
  return encodeSheet({ count: pictures.length, height, width, data }, SCALE, columns)
}
