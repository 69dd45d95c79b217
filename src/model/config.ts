// config.json, model.md §6: the sizes from which every tensor's name, shape and type follow.

import { FormatError } from '../weights/safetensors.ts'

/** Sizes of a stack of ST-transformer blocks. */
export interface StackConfig {
  width: number // D
  heads: number // h, dividing D
  ffn: number // F
  window: number // W, frames
  qk_norm?: boolean
}

export interface TokenizerConfig extends StackConfig {
  patch: number // p, pixels
  encoder_layers: number
  decoder_layers: number
  codes: number // K
  code_width: number // C
}

export interface LatentActionConfig extends StackConfig {
  patch: number // p_a, pixels
  encoder_layers: number
  decoder_layers: number
  actions: number // A
  code_width: number // C
}

export interface DynamicsConfig extends StackConfig {
  layers: number
}

export interface SamplingConfig {
  steps: number
  temperature: number
  choice_temperature: number
  guidance: number
}

export interface Config {
  format: 'genie-1'
  name: string
  frame: { height: number; width: number; rate: number }
  tokenizer: TokenizerConfig
  latent_action: LatentActionConfig
  dynamics: DynamicsConfig
  sampling: SamplingConfig
  /** KeyboardEvent.key → latent action. */
  keys?: Record<string, number>
}

/** The largest size a config may name; beyond it a number is a mistake or an attack. */
const MAX_SIZE = 1 << 20

/**
 * Parses and checks config.json.
 * @throws FormatError with one sentence that names the file, the field and the value
 */
export function parseConfig(text: string, file = 'config.json'): Config {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    throw new FormatError(`${file} is not JSON`)
  }
  const top = new Section(root, file, '')
  if (top.value('format') !== 'genie-1')
    throw new FormatError(`${file}: format is ${JSON.stringify(top.value('format'))}, this engine reads "genie-1"`)

  const frame = top.section('frame')
  const tokenizer = top.section('tokenizer')
  const latentAction = top.section('latent_action')
  const dynamics = top.section('dynamics')
  const sampling = top.section('sampling')
  const variant = tokenizer.value('variant') ?? 'st-vivit'
  if (variant !== 'st-vivit')
    throw new FormatError(`${file}: tokenizer.variant is ${JSON.stringify(variant)}, this engine has "st-vivit"`)
  const input = latentAction.value('input') ?? 'pixels'
  if (input !== 'pixels')
    throw new FormatError(`${file}: latent_action.input is ${JSON.stringify(input)}, this engine has "pixels"`)
  const config: Config = {
    format: 'genie-1',
    name: typeof top.value('name') === 'string' ? (top.value('name') as string) : 'unnamed',
    frame: { height: frame.size('height'), width: frame.size('width'), rate: frame.positive('rate') },
    tokenizer: {
      ...stack(tokenizer),
      patch: tokenizer.size('patch'),
      encoder_layers: tokenizer.size('encoder_layers'),
      decoder_layers: tokenizer.size('decoder_layers'),
      codes: tokenizer.size('codes'),
      code_width: tokenizer.size('code_width'),
    },
    latent_action: {
      ...stack(latentAction),
      patch: latentAction.size('patch'),
      encoder_layers: latentAction.size('encoder_layers'),
      decoder_layers: latentAction.size('decoder_layers'),
      actions: latentAction.size('actions'),
      code_width: latentAction.size('code_width'),
    },
    dynamics: { ...stack(dynamics), layers: dynamics.size('layers') },
    sampling: checkSampling(
      {
        steps: sampling.size('steps'),
        temperature: sampling.number('temperature'),
        choice_temperature: sampling.number('choice_temperature'),
        guidance: sampling.value('guidance') === undefined ? 1 : sampling.number('guidance'),
      },
      `${file}: sampling`,
    ),
  }
  const keys = top.value('keys')
  if (keys !== undefined) config.keys = checkKeys(keys, config.latent_action.actions, file)
  return config
}

/**
 * Gives the settings back if a frame can be decoded with them.
 * @throws RangeError naming the setting and its value
 */
export function checkSampling(s: SamplingConfig, where: string): SamplingConfig {
  const fault = (name: string, value: number, wanted: string) =>
    new RangeError(`${where}.${name} is ${value}, expected ${wanted}`)
  if (!Number.isInteger(s.steps) || s.steps < 1) throw fault('steps', s.steps, 'a whole number of 1 or more')
  if (!(s.temperature >= 0 && Number.isFinite(s.temperature)))
    throw fault('temperature', s.temperature, 'a number of 0 or more')
  if (!(s.choice_temperature >= 0 && Number.isFinite(s.choice_temperature)))
    throw fault('choice_temperature', s.choice_temperature, 'a number of 0 or more')
  if (!Number.isFinite(s.guidance)) throw fault('guidance', s.guidance, 'a number')
  return s
}

/** S: patches a frame, row by row, the last ones padded. */
export function patchCount(frame: { height: number; width: number }, patch: number): number {
  return Math.ceil(frame.height / patch) * Math.ceil(frame.width / patch)
}

function stack(s: Section): StackConfig {
  const { path } = s
  const sizes = { width: s.size('width'), heads: s.size('heads'), ffn: s.size('ffn'), window: s.size('window') }
  if (sizes.width % sizes.heads !== 0)
    throw new FormatError(`${path}.heads is ${sizes.heads}, which does not divide ${path}.width, ${sizes.width}`)
  const qkNorm = s.value('qk_norm') ?? false
  if (typeof qkNorm !== 'boolean')
    throw new FormatError(`${path}.qk_norm is ${JSON.stringify(qkNorm)}, expected true or false`)
  return { ...sizes, qk_norm: qkNorm }
}

function checkKeys(keys: unknown, actions: number, file: string): Record<string, number> {
  if (typeof keys !== 'object' || keys === null) throw new FormatError(`${file}: keys is not an object`)
  for (const [key, action] of Object.entries(keys))
    if (!Number.isInteger(action) || action < 0 || action >= actions)
      throw new FormatError(
        `${file}: keys.${key} is ${JSON.stringify(action)}, expected a latent action of 0 … ${actions - 1}`,
      )
  return keys as Record<string, number>
}

/** One object of the JSON, with the path that errors name. */
class Section {
  private readonly fields: Record<string, unknown>

  constructor(
    value: unknown,
    readonly file: string,
    readonly at: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new FormatError(`${this.path} is ${value === undefined ? 'missing' : 'not an object'}`)
    this.fields = value as Record<string, unknown>
  }

  get path(): string {
    return this.at ? `${this.file}: ${this.at}` : this.file
  }

  value(name: string): unknown {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined
  }

  section(name: string): Section {
    return new Section(this.value(name), this.file, name)
  }

  size(name: string): number {
    const v = this.value(name)
    if (!Number.isInteger(v) || (v as number) < 1 || (v as number) > MAX_SIZE)
      throw new FormatError(`${this.path}.${name} is ${JSON.stringify(v)}, expected a whole number of 1 … ${MAX_SIZE}`)
    return v as number
  }

  number(name: string): number {
    const v = this.value(name)
    if (typeof v !== 'number' || !Number.isFinite(v))
      throw new FormatError(`${this.path}.${name} is ${JSON.stringify(v)}, expected a number`)
    return v
  }

  positive(name: string): number {
    const v = this.number(name)
    if (v <= 0) throw new FormatError(`${this.path}.${name} is ${v}, expected a number above 0`)
    return v
  }
}
