// `djinn train`: trains one component of a world from clips. The tokenizer comes first, then the latent actions, then the dynamics, all
// into one directory, which `djinn play` takes as it is.

import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { checkTrainable } from '../../families/families.ts'
import { parseConfig } from '../../families/parse_config.ts'
import { asTrained, startingFrom } from '../../fine_tuning/start_weights.ts'
import { type Crop, sectionOfCrop } from '../../media/crop.ts'
import { COMPONENT_NAMES } from '../../model/component_names.ts'
import type { Config } from '../../model/config.ts'
import type { ComponentSpec } from '../../training/components/spec.ts'
import { COMPONENTS, componentNamed } from '../../training/components.ts'
import { splitHeldOut } from '../../training/held_out.ts'
import { FormatError } from '../../weights/format_error.ts'
import { readText } from '../../weights/model_source.ts'
import { type Arguments, type Command, UsageError } from '../arguments.ts'
import { checkMemory } from '../check_memory.ts'
import { CheckpointFiles } from '../checkpoint_files.ts'
import { openClips } from '../clip_reader.ts'
import { keptCodesIn, newCodesIn } from '../code_files.ts'
import { lockFolder } from '../folder_lock.ts'
import { worldConfigOf } from '../learn/world_config.ts'
import { copyNeeded, folderWorld } from '../learn/world_files.ts'
import { fileSource } from '../model_files.ts'
import { openGpu } from '../open_gpu.ts'
import { progressLines } from '../progress.ts'
import { cropOfClips } from '../recording/clip_file.ts'
import { type RunLength, runTraining } from '../training_run.ts'
import { makeFolder, writeWhole } from '../whole_file.ts'

/** The default of each component, for the help. */
const usual = (number: 'clips' | 'frames') => COMPONENTS.map(({ name, batch }) => `${name} ${batch[number]}`).join(', ')

export const train: Command = {
  summary: 'Trains a component of a world from video. Stop it at any time and continue with --resume.',
  usage: [
    'train tokenizer|latent_action|dynamics CLIPS.safetensors --config CONFIG.json --out DIR --minutes N|--steps N [--from MODEL_DIR] [--resume|--over]',
  ],
  positionals: ['COMPONENT', 'CLIPS.safetensors'],
  options: {
    config: { value: 'FILE', help: 'config.json of the world; default: the one in --out, or in --from' },
    out: {
      value: 'DIR',
      help: 'for weights, checkpoint and log; components that were trained before are read from it',
    },
    from: { value: 'MODEL_DIR', help: 'starts from the weights of this world where their sizes fit' },
    minutes: { value: 'N', help: 'how long to train, in minutes' },
    steps: { value: 'N', help: 'how long to train, in steps' },
    clips: { value: 'N', help: `clips per step (${usual('clips')})` },
    frames: { value: 'N', help: `frames per clip (${usual('frames')})` },
    seed: { value: 'N', help: 'seed of initial weights and batches (1); a run that is resumed keeps its own' },
    resume: { help: 'continues from the checkpoint in --out' },
    over: { help: 'starts over in a folder that holds a training run: replaces its checkpoint and its weights' },
  },
  async run(args) {
    const name = args.positional('COMPONENT')
    const spec = componentNamed(name)
    if (!spec) throw new UsageError(`COMPONENT is ${name}, expected ${COMPONENT_NAMES.join(', ')}`)
    const out = args.text('out')
    if (!out) throw new UsageError('--out is missing')
    const length = lengthOf(args)
    const shape = {
      ...spec.batch,
      clips: args.integer('clips', spec.batch.clips, 1, 4096),
      frames: args.integer('frames', spec.batch.frames, 2, 4096),
    }
    const seed = args.integer('seed', 1, 0, 2 ** 32 - 1)
    const isResumed = args.flag('resume')
    if (isResumed && args.flag('over')) throw new UsageError('--resume cannot be combined with --over')
    await makeFolder(out)
    const lock = lockFolder(out, 'training.lock', 'training')
    try {
      if (!isResumed && !args.flag('over')) new CheckpointFiles(out, spec.name).refuseToReplace()
      const from = args.text('from')
      const own = join(out, 'config.json')
      const path = args.text('config') ?? own
      const isLikeFrom = from !== undefined && !args.has('config') && !existsSync(own)
      const text = isLikeFrom
        ? await worldConfigOf(from, basename(resolve(out)))
        : await readText(await fileSource(path))
      const config = await configFor(own, text, path, spec)
      const checkpoint = isResumed ? await new CheckpointFiles(out, spec.name).metadata() : undefined
      const other = from === undefined ? undefined : folderWorld(from)
      const component = await asTrained(spec, config, other, checkpoint)
      const clipFile = args.positional('CLIPS.safetensors')
      const clips = await openClips(clipFile, config)
      if (!existsSync(own)) await writeWhole(own, withCrop(text, await cropOfClips(clipFile)))
      const gpu = await openGpu('f32')
      await checkMemory(gpu, component, config, shape)
      const open = (file: string) => fileSource(join(out, file))
      const codeStore = isResumed ? keptCodesIn(out) : newCodesIn(out, args.flag('over'))
      const onProgress = progressLines('finding actions')
      const { train, heldOut } = splitHeldOut(clips)
      if (from !== undefined) for (const said of await copyNeeded(from, component, config, out)) console.log(said)
      let recipe = await component.recipe({ gpu, config, clips: train, shape, open, codeStore, onProgress })
      if (other && !checkpoint) {
        const found = { gpu, clips: train, open, onFound: console.log }
        const start = await startingFrom(other, component, config, recipe, found)
        recipe = start.recipe
        console.log(start.said)
      }
      await runTraining(gpu, config, component, shape, recipe, { out, seed, length, isResumed, lock, heldOut })
    } finally {
      lock.release()
    }
  },
}

function lengthOf(args: Arguments): RunLength {
  if (args.has('minutes') === args.has('steps')) throw new UsageError('Give either --minutes or --steps')
  if (args.has('steps')) return { steps: args.integer('steps', 0, 1, 100_000_000) }
  return { minutes: args.integer('minutes', 0, 1, 1_000_000) }
}

/**
 * Parses `text`, the config in `path`. If `target` exists and describes the same model, its config is used instead: it may have keys.
 * @throws FormatError where that describes another model, or one by which the component cannot be trained
 */
async function configFor(target: string, text: string, path: string, component: ComponentSpec): Promise<Config> {
  const config = parseConfig(text, path)
  checkTrainable(config, path)
  component.check?.(config)
  if (!existsSync(target)) return config
  const kept = parseConfig(await readText(await fileSource(target)), target)
  const difference = firstDifference(kept, config)
  if (difference)
    throw new FormatError(
      `${target} has another ${difference} than ${path}: train without --config, or give another --out, or delete ${target} first`,
    )
  return kept
}

/** The text of config.json with the crop of the clips, by which `djinn record --like` cuts other video alike. */
function withCrop(text: string, crop: Crop | undefined): string {
  return crop ? `${JSON.stringify({ ...JSON.parse(text), video: sectionOfCrop(crop) }, undefined, 2)}\n` : text
}

/** The first field in which `kept` is not the model that `given` describes. Names, keys and sampling make no other model. */
function firstDifference(kept: Config, given: Config): string | undefined {
  const sections = (['frame', ...COMPONENT_NAMES] as const).filter(section => Object.keys(given).includes(section))
  for (const section of sections) {
    const known: object = Object.keys(kept).includes(section) ? kept[section] : {}
    for (const [field, value] of Object.entries(given[section]))
      if (value !== known[field as keyof typeof known]) return `${section}.${field}`
  }
  return undefined
}
