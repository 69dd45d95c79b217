// The weights that a training of `djinn learn` starts from: a world that plays from the first minute, and the weights of another world where they fit.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../model/config.ts'
import type { ComponentSpec } from '../../training/components/spec.ts'
import { COMPONENTS } from '../../training/components.ts'
import { InitialWeights } from '../../training/init/initial_weights.ts'
import type { Recipe } from '../../training/loop.ts'
import { Random } from '../../training/random.ts'
import { trainedFrom } from '../../training/recipe_tokenizer.ts'
import { toFloat32 } from '../../weights/floats.ts'
import { joined, readSafetensors, writeSafetensors } from '../../weights/safetensors.ts'
import { fileSource } from '../model_files.ts'
import { writeWhole } from '../whole_file.ts'

/** Writes random weights for every component that has none yet, so that the folder holds a world that plays, however badly. */
export async function writeRandomWeights(directory: string, config: Config): Promise<void> {
  for (const component of COMPONENTS) {
    const path = join(directory, `${component.name}.safetensors`)
    if (existsSync(path)) continue
    const weights = new InitialWeights(component.parameters(config), new Random(0)).toTensors()
    await writeWhole(path, joined(writeSafetensors(weights, { format: 'genie-1' })))
  }
}

/**
 * The recipe with initial weights of another world: every tensor of the same name and shape. Latent actions start anew, since their codes
 * are found in each video. A tokenizer that fits whole keeps its codebook.
 * @returns with a sentence that says what fits
 */
export async function startingFrom(
  directory: string,
  component: ComponentSpec,
  config: Config,
  recipe: Recipe,
): Promise<{ recipe: Recipe; said: string }> {
  const path = join(directory, `${component.name}.safetensors`)
  const { name } = component
  if (name === 'latent_action' || !existsSync(path))
    return {
      recipe,
      said: `${name}: starts anew${name === 'latent_action' ? ', as its codes are found in this video' : ''}`,
    }
  const { tensors } = await readSafetensors(await fileSource(path))
  // The codes of the other world have no meaning here.
  const isKept = (tensor: string) => !/^(action_codebook|action\.weight)$/.test(tensor)
  const parameters = component.parameters(config)
  const names = parameters.map(parameter => parameter.name)
  const fitting = parameters
    .filter(({ name, shape }) => isKept(name) && tensors.get(name)?.shape.join() === shape.join())
    .map(parameter => parameter.name)
  const isWhole = fitting.length === names.length
  return {
    recipe: {
      ...(name === 'tokenizer' && isWhole ? trainedFrom(recipe) : recipe),
      async initWeights(random, gpu) {
        const m = await recipe.initWeights(random, gpu)
        for (const tensor of fitting) m.get(tensor).values.set(toFloat32(tensors.get(tensor)!, tensor))
        return m
      },
    },
    said: `${name}: ${fitting.length} of ${names.length} tensors fit and come from ${directory}`,
  }
}
