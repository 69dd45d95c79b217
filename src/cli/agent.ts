// `djinn agent`: clones a player from what a world's latent action model sees an expert do, and counts the levels that it solves.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agentPlot } from '../agent/plot.ts'
import { type Kept, LENGTH, study } from '../agent/study.ts'
import { agentTable } from '../agent/table.ts'
import { ActionReader } from '../model/infer_actions.ts'
import { bytesSource, readSafetensors, writeSafetensors } from '../weights/safetensors.ts'
import { type Command, UsageError } from './command.ts'
import { openGpu } from './engine.ts'
import { directorySource, readConfig } from './model_files.ts'

export const agent: Command = {
  summary:
    'Clones a player of the arcade from the latent actions that a world sees in an expert’s play, with no key shown, and counts the levels that it solves when N labelled samples tell it the keys.',
  usage: ['agent MODEL_DIR [--clips N] [--steps N] [--levels N] [--seeds N] [--seed N] [--json] --out DIR'],
  positionals: ['MODEL_DIR'],
  options: {
    out: {
      value: 'DIR',
      help: 'where the policies, the numbers (JSON), the table and the plot go; a study that was stopped goes on from there',
    },
    clips: { value: 'N', help: 'clips of the expert, 16 actions each (400)' },
    steps: { value: 'N', help: 'training steps of a policy, 32 frames each (600)' },
    levels: { value: 'N', help: 'levels that are played, none of them recorded (64)' },
    seeds: { value: 'N', help: 'how many times: policies and samples of their own (5)' },
    seed: { value: 'N', help: 'the first of them (1)' },
    json: { help: 'the numbers as JSON on standard output, one object' },
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    const out = args.text('out')
    if (!out) throw new UsageError('--out is missing')
    const options = {
      clips: args.integer('clips', 400, 1, 100_000),
      steps: args.integer('steps', 600, 1, 1_000_000),
      levels: args.integer('levels', 64, 1, 100_000),
      seeds: args.integer('seeds', 5, 1, 1000),
      seed: args.integer('seed', 1, 0, 2 ** 31),
    }
    const isJson = args.flag('json')
    const config = await readConfig(directory)
    await mkdir(out, { recursive: true })
    const gpu = await openGpu('f32')
    const reader = await ActionReader.load(gpu, config, file => directorySource(directory).open(file), LENGTH)
    const kept = keptIn(
      out,
      JSON.stringify({ model: config.name, clips: options.clips, steps: options.steps, seed: options.seed }),
    )
    const result = await study(gpu, config, reader, options, kept, line => isJson || console.log(line))
    const numbers = { model: config.name, adapter: gpu.adapterName, ...result }
    const json = JSON.stringify(numbers, undefined, 2)
    await writeFile(join(out, 'agent.json'), `${json}\n`)
    await writeFile(join(out, 'agent.md'), `${agentTable(result)}\n`)
    await writeFile(join(out, 'agent.svg'), agentPlot(result))
    console.log(isJson ? json : `\n${agentTable(result)}`)
  },
}

/** Policies as files in a directory; one that was trained by other settings is not taken. */
function keptIn(directory: string, settings: string): Kept {
  const pathOf = (name: string) => join(directory, `${name}.safetensors`)
  return {
    async load(name) {
      const bytes = await readFile(pathOf(name)).catch(() => undefined)
      if (!bytes) return undefined
      const { tensors, metadata } = await readSafetensors(bytesSource(pathOf(name), bytes))
      return metadata.settings === settings ? Object.fromEntries(tensors) : undefined
    },
    async save(name, tensors) {
      await writeFile(`${pathOf(name)}.part`, Buffer.concat(writeSafetensors(tensors, { settings })))
      await rename(`${pathOf(name)}.part`, pathOf(name))
    },
  }
}
