// The files of a world in training: random weights, with which it plays at once, and those of another world.

import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OtherWorld } from '../../fine_tuning/other_world.ts'
import type { Config } from '../../model/config.ts'
import type { ComponentSpec } from '../../training/components/spec.ts'
import { COMPONENTS } from '../../training/components.ts'
import { InitialWeights } from '../../training/init/initial_weights.ts'
import { Random } from '../../training/random.ts'
import { joined, writeSafetensors } from '../../weights/safetensors.ts'
import { fileSource } from '../model_files.ts'
import { writeWhole } from '../whole_file.ts'

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

/** The world in a folder. */
export const folderWorld = (directory: string): OtherWorld => ({
  name: directory,
  has: async file => existsSync(join(directory, file)),
  open: file => fileSource(join(directory, file)),
})

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
