// The weights of another world that a training starts from, where they fit.

import type { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/component_names.ts'
import { type Config, codebooksOf } from '../model/config.ts'
import type { ComponentSpec } from '../training/components/spec.ts'
import type { Clips } from '../training/data/clips.ts'
import type { Recipe } from '../training/loop.ts'
import { toFloat32 } from '../weights/floats.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { readSafetensors, SafetensorsReader } from '../weights/safetensors.ts'
import { adoptActions } from './adopt_actions.ts'
import type { OtherWorld } from './other_world.ts'

/** What the actions of a dynamics are found in. */
export interface ActionClips {
  gpu: Gpu
  clips: Clips
  /** Opens the files of the components that were trained before. */
  open: OpenFile
  /** Called with a sentence once they are found. */
  onFound(sentence: string): void
}

/**
 * The component as it is trained: with the weights of another world, if those fit that it would keep (or all of them), it may train differently.
 * @param checkpoint the metadata of the checkpoint to resume from, which then decides
 */
export async function asTrained(
  component: ComponentSpec,
  config: Config,
  other: OtherWorld | undefined,
  checkpoint: Record<string, string> | undefined,
): Promise<ComponentSpec> {
  const { name, continued } = component
  if (!continued) return component
  if (checkpoint) return checkpoint.isContinued ? continued(config) : component
  const file = `${name}.safetensors`
  if (!(await other?.has(file))) return component
  const reader = await SafetensorsReader.open(await other!.open(file))
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
  other: OtherWorld,
  component: ComponentSpec,
  config: Config,
  recipe: Recipe,
  found: ActionClips,
): Promise<{ recipe: Recipe; said: string }> {
  const file = `${component.name}.safetensors`
  const { name, trainedFromScratch } = component
  if (trainedFromScratch)
    return { recipe, said: `${name}: trained from scratch, because its codes are found in this video` }
  if (!(await other.has(file))) return { recipe, said: `${name}: trained from scratch, because ${other.name} has none` }
  const needs = component.needs(config)
  const hasCodebooks = codebooksOf(config.tokenizer) > 1
  if (hasCodebooks && needs.includes('tokenizer') && !(await isSame('tokenizer', other, found.open, ['codebook'])))
    return {
      recipe,
      said: `${name}: trained from scratch, because the tokenizer has other codes than that of ${other.name}`,
    }
  const { tensors } = await readSafetensors(await other.open(file))
  // The actions of another latent action model have no meaning here.
  const hasActions = needs.includes('latent_action')
  const keepsActions = hasActions && (await isSame('latent_action', other, found.open))
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
      said: `${name}: trained from scratch, because only ${fitting.length} of ${names.length} tensors of ${other.name} fit`,
    }
  return {
    recipe: {
      ...recipe,
      async initWeights(random, gpu) {
        const m = await recipe.initWeights(random, gpu)
        for (const tensor of fitting) m.get(tensor).values.set(toFloat32(tensors.get(tensor)!, tensor))
        if (adopts) found.onFound(await adoptActions(m, other, tensors, config, found))
        return m
      },
    },
    said: `${name}: ${fitting.length} of ${names.length} tensors fit and come from ${other.name}${component.isContinued && hasCodebooks ? '; encoder and codes stay, the decoder is trained' : ''}`,
  }
}

/** Whether a component of this training is that of the other world: all of its tensors, or those named. */
async function isSame(component: ComponentName, world: OtherWorld, open: OpenFile, names?: string[]): Promise<boolean> {
  const file = `${component}.safetensors`
  if (!(await world.has(file))) return false
  const read = async (source: Awaited<ReturnType<OpenFile>>) => (await readSafetensors(source)).tensors
  const [other, own] = [await read(await world.open(file)), await read(await open(file))]
  return (names ?? [...own.keys()]).every(name => {
    const [its, mine] = [other.get(name), own.get(name)]
    if (!its || !mine || !isOfShape(its, mine.shape)) return false
    const [there, here] = [its, mine].map(tensor => toFloat32(tensor, name))
    return there!.every((value, i) => value === here![i])
  })
}
