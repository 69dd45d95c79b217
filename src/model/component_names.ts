// The components of a world, in the order in which they are trained: sections of config.json, files NAME.safetensors.

export const COMPONENT_NAMES = ['tokenizer', 'latent_action', 'dynamics'] as const
export type ComponentName = (typeof COMPONENT_NAMES)[number]
