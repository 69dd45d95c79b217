// The weights that a training of `djinn learn` starts from: random ones, with which the world plays at once, and those of another world
// where they fit.

import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gpu } from '../../gpu/gpu.ts'
import type { ComponentName } from '../../model/component_names.ts'
import { type Config, codebooksOf } from '../../model/config.ts'
import type { ComponentSpec } from '../../training/components/spec.ts'
import { COMPONENTS } from '../../training/components.ts'
import type { Clips } from '../../training/data/clips.ts'
import { InitialWeights } from '../../training/init/initial_weights.ts'
import type { Recipe } from '../../training/loop.ts'
import { Random } from '../../training/random.ts'
import { toFloat32 } from '../../weights/floats.ts'
import type { OpenFile } from '../../weights/model_source.ts'
import { joined, readSafetensors, SafetensorsReader, writeSafetensors } from '../../weights/safetensors.ts'
import { fileSource } from '../model_files.ts'
import { writeWhole } from '../whole_file.ts'
import { adoptActions } from './adopt_actions.ts'

/**
 * Writes random weights for every component that has none yet, so that the folder holds a world that plays, however badly.
 * @param isNew for every component, because weights that are there are of another config
 */
export async function writeRandomWeights(directory: string, config: Config, isNew = false): Promise<void> {
  for (const component of COMPONENTS) {
    const path = join(directory, `${component.name}.safetensors`)
    if (!isNew && existsSync(path)) continue
    const weights = new InitialWeights(component.parameters(config), new Random(0)).toTensors()
    await writeWhole(path, joined(writeSafetensors(weights, { format: 'genie-1' })))
  }
}

/** What the actions of a dynamics are found in. */
export interface ActionClips {
  gpu: Gpu
  clips: Clips
  /** Opens the files of the components that were trained before. */
  open: OpenFile
}

/**
 * Copies the components that `component` needs and `out` lacks from another world.
 * @returns a sentence for each
 */
export async function copyNeeded(directory: string, component: ComponentSpec, config: Config, out: string) {
  const said: string[] = []
  for (const name of component.needs(config)) {
    const file = `${name}.safetensors`
    if (existsSync(join(out, file)) || !existsSync(join(directory, file))) continue
    await copyFile(join(directory, file), join(out, file))
    said.push(`${name}: as in ${directory}`)
  }
  return said
}

/**
 * The component as it is trained: with the weights of another world, if those fit that it would keep (or all of them), it may train differently.
 * @param checkpoint the metadata of the checkpoint to resume from, which then decides
 */
export async function asTrained(
  component: ComponentSpec,
  config: Config,
  directory: string | undefined,
  checkpoint: Record<string, string> | undefined,
): Promise<ComponentSpec> {
  const { name, continued } = component
  if (!continued) return component
  if (checkpoint) return checkpoint.isContinued ? continued(config) : component
  const path = directory && join(directory, `${name}.safetensors`)
  if (!path || !existsSync(path)) return component
  const reader = await SafetensorsReader.open(await fileSource(path))
  await reader.close()
  const there = new Map(reader.header.tensors.map(tensor => [tensor.name, tensor]))
  const parameters = continued(config).parameters(config)
  const frozen = parameters.filter(({ trainable }) => !trainable)
  const isFitting = (frozen.length ? frozen : parameters).every(({ name, shape }) => isOfShape(there.get(name), shape))
  return isFitting ? continued(config) : component
}

const isOfShape = (tensor: { shape: readonly number[] } | undefined, shape: readonly number[]) =>
  tensor?.shape.join() === shape.join()

/**
 * The recipe with initial weights of another world: every tensor of the same name and shape.
 * - Latent action model: trained from scratch, because its codes are found in each video.
 * - Tokenizer: keeps its codebook if all tensors fit; with several codebooks its encoder, too, so that the dynamics can be kept.
 * - Dynamics: with several codebooks it is trained from scratch if the tokenizer's codes are others, because its weights depend on their values.
 *   It keeps the weights of its actions if both worlds have the same latent action model. Otherwise, with several codebooks, each latent
 *   action begins as the action of the other world that predicts its frames best.
 * @returns the recipe, and a sentence that says what fits
 */
export async function startingFrom(
  directory: string,
  component: ComponentSpec,
  config: Config,
  recipe: Recipe,
  found: ActionClips,
): Promise<{ recipe: Recipe; said: string }> {
  const path = join(directory, `${component.name}.safetensors`)
  const { name, trainedFromScratch } = component
  if (trainedFromScratch)
    return { recipe, said: `${name}: trained from scratch, because its codes are found in this video` }
  if (!existsSync(path)) return { recipe, said: `${name}: trained from scratch, because ${directory} has none` }
  const needs = component.needs(config)
  const hasCodebooks = codebooksOf(config.tokenizer) > 1
  if (hasCodebooks && needs.includes('tokenizer') && !(await isSame('tokenizer', directory, found.open, ['codebook'])))
    return {
      recipe,
      said: `${name}: trained from scratch, because the tokenizer has other codes than that of ${directory}`,
    }
  const { tensors } = await readSafetensors(await fileSource(path))
  // The actions of another latent action model have no meaning here.
  const hasActions = needs.includes('latent_action')
  const keepsActions = hasActions && (await isSame('latent_action', directory, found.open))
  const isKept = (tensor: string) => keepsActions || !/^(action_codebook|action\.weight)$/.test(tensor)
  const parameters = component.parameters(config)
  const names = parameters.map(parameter => parameter.name)
  const fitting = parameters
    .filter(({ name, shape }) => isKept(name) && isOfShape(tensors.get(name), shape))
    .map(parameter => parameter.name)
  const adopts = hasActions && !keepsActions && hasCodebooks
  // The channels of an action are all through its weights, so they are taken as a whole.
  if (adopts && fitting.length < names.length - 2)
    return {
      recipe,
      said: `${name}: trained from scratch, because only ${fitting.length} of ${names.length} tensors of ${directory} fit`,
    }
  return {
    recipe: {
      ...recipe,
      async initWeights(random, gpu) {
        const m = await recipe.initWeights(random, gpu)
        for (const tensor of fitting) m.get(tensor).values.set(toFloat32(tensors.get(tensor)!, tensor))
        if (adopts) console.log(await adoptActions(m, directory, tensors, config, found))
        return m
      },
    },
    said: `${name}: ${fitting.length} of ${names.length} tensors fit and come from ${directory}${component.isContinued && hasCodebooks ? '; encoder and codes stay, the decoder is trained' : ''}`,
  }
}

/** Whether a component of this training is that of the other world: all of its tensors, or those named. */
async function isSame(component: ComponentName, directory: string, open: OpenFile, names?: string[]): Promise<boolean> {
  const file = `${component}.safetensors`
  if (!existsSync(join(directory, file))) return false
  const read = async (source: Awaited<ReturnType<OpenFile>>) => (await readSafetensors(source)).tensors
  const [other, own] = [await read(await fileSource(join(directory, file))), await read(await open(file))]
  return (names ?? [...own.keys()]).every(name => {
    const [its, mine] = [other.get(name), own.get(name)]
    if (!its || !mine || !isOfShape(its, mine.shape)) return false
    const [there, here] = [its, mine].map(tensor => toFloat32(tensor, name))
    return there!.every((value, i) => value === here![i])
  })
}
