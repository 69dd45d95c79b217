// `djinn train`: trains one component of a world from clips, on the engine's own kernels. Tokenizer first, then the latent actions,
// then the dynamics, all into one directory, which play takes as it is.
import { copyFile, mkdir } from 'node:fs/promises'
import { freemem } from 'node:os'
import { join, resolve } from 'node:path'
import type { Gpu } from '../../gpu/gpu.ts'
import { type Config, parseConfig } from '../../model/config.ts'
import { COMPONENTS, type Component } from '../../training/component.ts'
import type { Clips } from '../../training/data/clips.ts'
import { encodeClips } from '../../training/data/upstream_outputs.ts'
import type { BatchShape } from '../../training/losses.ts'
import { clipsThatFit, type ExtraAllocations, trainingMemory } from '../../training/memory.ts'
import { dynamicsRecipe } from '../../training/recipe_dynamics.ts'
import { ACTION_LABELS, type ActionLabels, drawnOf, latentActionRecipe } from '../../training/recipe_latent_action.ts'
import { tokenizerRecipe } from '../../training/recipe_tokenizer.ts'
import { besideStep, WINNERS_SHAPE } from '../../training/winners.ts'
import { readText } from '../../weights/model_source.ts'
import { type Arguments, type Command, UsageError } from '../arguments.ts'
import { openClips } from '../clip_reader.ts'
import { fileSource } from '../model_files.ts'
import { openGpu } from '../open_gpu.ts'
import { type Length, runTraining } from '../training_run.ts'

/** Clips a step and frames a clip, where the command line says nothing. */
const SHAPES = {
  tokenizer: { clips: 6, frames: 4 },
  latent_action: { clips: 32, frames: 3 },
  dynamics: { clips: 4, frames: 12 },
}

export const train: Command = {
  summary:
    'Trains a component of a world from video, on the engine itself; stop it at any time and go on with --resume.',
  usage: [
    'train tokenizer|latent_action|dynamics CLIPS.safetensors --config CONFIG.json --out DIR --minutes N|--steps N [--resume]',
  ],
  positionals: ['COMPONENT', 'CLIPS.safetensors'],
  options: {
    config: { value: 'FILE', help: 'config.json of the world to be; default: the one in --out' },
    out: {
      value: 'DIR',
      help: 'where weights, checkpoint and log go; the dynamics finds tokenizer and latent actions there',
    },
    minutes: { value: 'N', help: 'how long, by the clock' },
    steps: { value: 'N', help: 'how long, in steps' },
    clips: { value: 'N', help: 'clips a step (6; latent_action 32, dynamics 4)' },
    frames: { value: 'N', help: 'frames a clip (4; latent_action 3, dynamics 12)' },
    labels: {
      value: ACTION_LABELS.join('|'),
      help: 'of latent_action: codes from directions of movement (the default), or, where those mean little, from which code draws best',
    },
    seed: { value: 'N', help: 'of weights and batches (1)' },
    resume: { help: 'goes on from the checkpoint in --out' },
  },
  async run(args) {
    const component = args.positional('COMPONENT') as Component
    if (!COMPONENTS.includes(component))
      throw new UsageError(`COMPONENT is ${component}, expected ${COMPONENTS.join(', ')}`)
    const out = args.text('out')
    if (!out) throw new UsageError('--out is missing')
    const length = lengthOf(args)
    const labels = labelsOfActions(args, component)
    const usual = labels === 'winners' ? WINNERS_SHAPE : SHAPES[component]
    const shape = {
      clips: args.integer('clips', usual.clips, 1, 4096),
      frames: args.integer('frames', usual.frames, labels === 'winners' ? 3 : 2, 4096),
    }
    const seed = args.integer('seed', 1, 0, 2 ** 32 - 1)
    await mkdir(out, { recursive: true })
    const config = await copyConfig(args.text('config') ?? join(out, 'config.json'), out)
    const clips = await openClips(args.positional('CLIPS.safetensors'), config)
    const gpu = await openGpu('f32')
    const drawn = component === 'latent_action' ? drawnOf(labels ?? 'directions', shape.clips) : undefined
    await checkMemory(gpu, component, config, { ...shape, decoderClips: drawn }, besideStep(labels, config))
    const recipe = await RECIPES[component](config, clips, shape, { gpu, out, steps: length.steps, labels })
    await runTraining(gpu, config, recipe, { out, seed, length, isResumed: args.flag('resume') })
  },
}

/** What only some recipes ask for. */
interface RecipeContext {
  gpu: Gpu
  out: string
  steps?: number
  labels?: ActionLabels
}

const RECIPES = {
  tokenizer: async (config: Config, clips: Clips, shape: Shape, { steps }: RecipeContext) =>
    tokenizerRecipe(config, clips, shape, steps),
  latent_action: async (config: Config, clips: Clips, shape: Shape, { labels }: RecipeContext) =>
    latentActionRecipe(config, clips, shape, labels),
  dynamics: async (config: Config, clips: Clips, shape: Shape, { gpu, out }: RecipeContext) => {
    const open = (file: string) => fileSource(join(out, file))
    return dynamicsRecipe(config, clips, await encodeClips(gpu, config, open, clips), shape)
  },
}

interface Shape {
  clips: number
  frames: number
}

/** The value of --labels, where it is given. */
function labelsOfActions(args: Arguments, component: Component): ActionLabels | undefined {
  const labels = args.text('labels')
  if (labels === undefined) return undefined
  if (component !== 'latent_action') throw new UsageError(`--labels is of latent_action, ${component} has none`)
  const known = ACTION_LABELS.find(one => one === labels)
  if (!known) throw new UsageError(`--labels is ${labels || 'empty'}, expected ${ACTION_LABELS.join(' or ')}`)
  return known
}

function lengthOf(args: Arguments): Length {
  if (args.has('minutes') === args.has('steps')) throw new UsageError('Give either --minutes or --steps')
  if (args.has('steps')) return { steps: args.integer('steps', 0, 1, 100_000_000) }
  return { minutes: args.integer('minutes', 0, 1, 1_000_000) }
}

/** The config, copied beside the weights to be where it lies elsewhere. */
async function copyConfig(path: string, out: string): Promise<Config> {
  const config = parseConfig(await readText(await fileSource(path)), path)
  const target = join(out, 'config.json')
  if (resolve(path) !== resolve(target)) await copyFile(path, target)
  return config
}

/** @throws Error saying what would fit, when the step does not */
async function checkMemory(
  gpu: Gpu,
  component: Component,
  config: Config,
  shape: BatchShape,
  beside?: ExtraAllocations,
): Promise<void> {
  const { limits } = gpu.device
  const limit = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  // What a real GPU has left WebGPU does not say; a software one lives in this machine's memory.
  const budget = gpu.isSoftwareAdapter ? freemem() : Number.POSITIVE_INFINITY
  const { total, largest } = await trainingMemory(component, config, shape, beside)
  console.log(`${gpu.adapterName}: a step of ${shape.clips} clips of ${shape.frames} frames takes ${mebibytes(total)}`)
  if (total <= budget && largest <= limit) return
  const fits = await clipsThatFit(component, config, shape, { budget, limit }, beside)
  const reason =
    largest > limit
      ? `a buffer of ${mebibytes(largest)}, this adapter allows ${mebibytes(limit)}`
      : `${mebibytes(total)}, ${mebibytes(budget)} are free`
  throw new Error(
    `--clips ${shape.clips} needs ${reason}: ${fits > 0 ? `the most that fits is --clips ${fits}` : 'not one clip fits'}`,
  )
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
