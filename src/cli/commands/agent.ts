// `djinn agent`: clones an expert from the latent actions that a world's model infers, and counts the levels that the clone solves.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agentPlot } from '../../../arcade/agent/plot.ts'
import { type ArtifactStore, LENGTH, type StudyResult, study } from '../../../arcade/agent/study.ts'
import { agentTable } from '../../../arcade/agent/table.ts'
import { HEIGHT, WIDTH } from '../../../arcade/game/game.ts'
import { ActionInference } from '../../model/action_inference.ts'
import { bytesSource, joined, readSafetensors, writeSafetensors } from '../../weights/safetensors.ts'
import { type Command, UsageError } from '../arguments.ts'
import { directorySource, readConfig } from '../model_files.ts'
import { openGpu } from '../open_gpu.ts'
import { makeFolder, writeWhole } from '../whole_file.ts'

export const agent: Command = {
  summary:
    'Clones an expert of the arcade from the latent actions that a world infers, without keys, and counts the levels that the clone solves with N labelled samples.',
  usage: ['agent MODEL_DIR [--clips N] [--steps N] [--levels N] [--seeds N] [--seed N] [--json] --out DIR'],
  positionals: ['MODEL_DIR'],
  options: {
    out: {
      value: 'DIR',
      help: 'folder for the policies, the numbers (JSON), the table and the plot; a stopped study continues there',
    },
    clips: { value: 'N', help: 'clips of the expert, 16 actions each (600)' },
    steps: { value: 'N', help: 'training steps of a policy, 64 frames each (500)' },
    levels: { value: 'N', help: 'levels to play, none of which was recorded (48)' },
    seeds: { value: 'N', help: 'number of seeds, each with its own policy and samples (5)' },
    seed: { value: 'N', help: 'the first seed (1)' },
    json: { help: 'the numbers as one JSON object on standard output' },
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    const out = args.text('out')
    if (!out) throw new UsageError('--out is missing')
    const options = {
      clips: args.integer('clips', 600, 1, 100_000),
      steps: args.integer('steps', 500, 1, 1_000_000),
      levels: args.integer('levels', 48, 1, 100_000),
      seeds: args.integer('seeds', 5, 1, 1000),
      seed: args.integer('seed', 1, 0, 2 ** 31),
    }
    const isJson = args.flag('json')
    const config = await readConfig(directory)
    const { height, width } = config.frame
    if (height !== HEIGHT || width !== WIDTH)
      throw new Error(`${directory}: its frames are ${height}×${width} pixels, the arcade’s ${HEIGHT}×${WIDTH}`)
    await makeFolder(out)
    const gpu = await openGpu('f32')
    const reader = await ActionInference.load(gpu, config, file => directorySource(directory).open(file), LENGTH)
    const write = async (result: StudyResult) => {
      const numbers = { model: config.name, adapter: gpu.adapterName, ...result }
      await writeWhole(join(out, 'agent.json'), `${JSON.stringify(numbers, undefined, 2)}\n`)
      await writeWhole(join(out, 'agent.md'), `${agentTable(result)}\n`)
      await writeWhole(join(out, 'agent.svg'), agentPlot(result))
    }
    const log = (line: string) => isJson || console.log(line)
    const result = await study(gpu, config, reader, options, keptIn(out), log, write)
    console.log(isJson ? (await readFile(join(out, 'agent.json'), 'utf8')).trimEnd() : `\n${agentTable(result)}`)
  },
}

/** As files in a directory. */
function keptIn(directory: string): ArtifactStore {
  const pathOf = (name: string) => join(directory, `${name}.safetensors`)
  return {
    async load(name, settings) {
      const bytes = await readFile(pathOf(name)).catch(() => undefined)
      if (!bytes) return undefined
      const { tensors, metadata } = await readSafetensors(bytesSource(pathOf(name), bytes))
      return metadata.settings === JSON.stringify(settings) ? Object.fromEntries(tensors) : undefined
    },
    async save(name, settings, tensors) {
      const metadata = { settings: JSON.stringify(settings) }
      await writeWhole(pathOf(name), joined(writeSafetensors(tensors, metadata)))
    },
  }
}
