// `djinn evaluate`: measures a world on clips it has not seen, as a table, JSON and contact sheets.
import { basename, extname } from 'node:path'
import { findCharacters } from '../../../arcade/evaluation/character_finder.ts'
import { jumpRecall } from '../../../arcade/evaluation/jumps.ts'
import { evaluate as measure } from '../../evaluation/evaluate.ts'
import { readPicture } from '../../evaluation/rollout.ts'
import { heldSheet } from '../../evaluation/rollout_metrics.ts'
import { type Command, UsageError } from '../arguments.ts'
import { openClips } from '../clip_reader.ts'
import { loadParts, writeEvaluation } from '../evaluation_files.ts'
import { evaluationTable } from '../evaluation_table.ts'
import { readConfig } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { showProgress } from '../progress.ts'
import { readPrompt } from '../prompts.ts'
import { makeFolder } from '../whole_file.ts'

const CLIPS = 16

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
      jumpRecall,
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
      await writeEvaluation(out, config, { json, table, sheets })
    }
    console.log(args.flag('json') ? json : table)
  },
}
