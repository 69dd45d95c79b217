// The components of a world in the order in which they are trained.

import { COMPONENT_NAMES, type ComponentName } from '../model/component_names.ts'
import { dynamicsSpec } from './components/dynamics.ts'
import { latentActionSpec } from './components/latent_action.ts'
import type { ComponentSpec } from './components/spec.ts'
import { tokenizerSpec } from './components/tokenizer.ts'

const SPECS: Record<ComponentName, ComponentSpec> = {
  tokenizer: tokenizerSpec,
  latent_action: latentActionSpec,
  dynamics: dynamicsSpec,
}

export const COMPONENTS: readonly ComponentSpec[] = COMPONENT_NAMES.map(name => SPECS[name])

/** The component of that name, or undefined. */
export const componentNamed = (name: string): ComponentSpec | undefined => COMPONENTS.find(c => c.name === name)
