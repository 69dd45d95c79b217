// `djinn evaluate`: measures a world on clips it has not seen, as a table, JSON and contact sheets.
import { findCharacters } from '../../../arcade/evaluation/character_finder.ts'
import { jumpRecall } from '../../../arcade/evaluation/jumps.ts'
import { type Command, UsageError } from '../arguments.ts'
import { openClips } from '../clip_reader.ts'
import { evaluateInto } from '../evaluation_files.ts'
import { readConfig } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { readPrompt } from '../prompts.ts'

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
    const paths = args.texts('prompt')
    if (paths.length > 0 && out === undefined) throw new UsageError('--prompt needs --out, where its contact sheets go')
    const config = await readConfig(directory)
    const clips = await openClips(path, config)
    if (clips.length < 2) throw new Error(`${path}: its clips have one frame each, expected two or more`)
    const { height, width } = config.frame
    const prompts = await Promise.all(
      paths.map(async path => ({ path, images: await readPrompt(path, width, height) })),
    )
    const request = { plays, out, prompts, find: findCharacters, jumpRecall }
    const evalClips = await clips.evalClips()
    const { json, table } = await evaluateInto(await openGpu(precision), directory, evalClips, path, request)
    console.log(args.flag('json') ? json : table)
  },
}
