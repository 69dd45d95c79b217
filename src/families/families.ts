// The families of models that the engine plays. A new family is one file beside this one, and a line here.

import { describe } from '../weights/printable.ts'
import { FormatError } from '../weights/safetensors.ts'
import { djinn } from './djinn.ts'
import type { Family } from './family.ts'
import { jasmine } from './jasmine.ts'
import { tinyworlds } from './tinyworlds.ts'

export type { Family, PlayModel } from './family.ts'

/** All families; Djinn's own, which a config without `family` means, is the first. */
export const families: readonly Family[] = [djinn, tinyworlds, jasmine]

/** @throws FormatError naming the families there are */
export function familyNamed(name: unknown, file: string): Family {
  const found = families.find(family => family.name === (name ?? djinn.name))
  if (found) return found
  const known = families.map(family => `"${family.name}"`)
  throw new FormatError(`${file}: family is ${describe(name)}, this engine plays ${known.join(', ')}`)
}

export const familyOf = ({ family }: { family?: string }): Family => familyNamed(family, 'config.json')

/** @throws FormatError when the engine does not train the config's family. @param file names the config */
export function checkTrainable(config: { family?: string }, file: string): void {
  const { name, isTrainable } = familyOf(config)
  if (!isTrainable)
    throw new FormatError(`${file} is of the family ${name}, which is played and measured here, but not trained`)
}
