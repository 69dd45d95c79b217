// config.json (docs/model.md §6): the sizes that determine every tensor's name, shape and type.

import { ArgumentError } from '../gpu/errors.ts'
import { describe } from '../weights/printable.ts'
import { FormatError } from '../weights/safetensors.ts'
import type { AttentionSublayer } from './block.ts'

/** Attention of a block. `vit` and `c-vivit` are ablations of the tokenizer (paper, Table 3). */
const VARIANTS = ['st-vivit', 'vit', 'c-vivit'] as const
export type Variant = (typeof VARIANTS)[number]

/** The attention sub-layers of a block, in order. `none` is no `tokenizer.variant`: `tokenizer.encoder: "patch"` selects it, for the encoder alone (model.md §2). */
export const ATTENTION: Record<Variant | 'none', readonly AttentionSublayer[]> = {
  'st-vivit': ['spatial', 'temporal'],
  vit: ['spatial'],
  'c-vivit': ['full'],
  none: [],
}

/** Sizes of a stack of ST-transformer blocks. The family of the model says what a block is (src/families). */
export interface TransformerConfig {
  variant?: Variant // of the tokenizer alone; default: st-vivit
  width: number // D
  heads: number // h, dividing D
  ffn: number // F
  window: number // W, frames
  qk_norm?: boolean
}

export interface TokenizerConfig extends TransformerConfig {
  patch: number // p, pixels
  encoder_layers: number
  decoder_layers: number
  codes: number // K
  code_width: number // C; with `levels` the digits of a code
  /** N, of each position; the codes of all have K each. Default: 1. */
  codebooks?: number
  /** `patch`: the encoder sees one patch at a time, so the codes of a moved patch stay the same. Default: `context`. */
  encoder?: 'context' | 'patch'
  /** For finite scalar quantisation: values of a digit. Without it the codes are a codebook's. */
  levels?: number
}

export interface LatentActionConfig extends TransformerConfig {
  /** What it sees: `pixels` (the default), or the tokenizer's codes (`tokens`, an ablation: paper, Table 2). */
  input?: 'pixels' | 'tokens'
  patch: number // p_a, pixels; with input `tokens` the tokenizer's patch
  encoder_layers: number
  decoder_layers: number
  actions: number // A
  code_width: number // C
}

export interface DynamicsConfig extends TransformerConfig {
  layers: number
  /** For a window that is recomputed for every frame: the number of frames before the new one. */
  context?: number
}

export interface SamplingConfig {
  steps: number
  temperature: number
  choice_temperature: number
  guidance: number
  /** For an exponential schedule of unmasking: how steep it is (src/model/unmasking.ts). */
  schedule_k?: number
  /** A token whose probability reaches it is unmasked at once, and a frame ends when none is masked. Default 1: a fixed schedule. */
  threshold?: number
}

/** config.json. A folder need not hold every component: reading a missing component's section throws a FormatError. */
export interface Config {
  format: 'genie-1'
  /** Whose model it is, a name of src/families/families.ts. Without it: `djinn`. */
  family?: string
  name: string
  frame: { height: number; width: number; rate: number }
  tokenizer: TokenizerConfig
  latent_action: LatentActionConfig
  dynamics: DynamicsConfig
  sampling: SamplingConfig
  /** KeyboardEvent.key → latent action. */
  keys?: Record<string, number>
  /** What each latent action does, in words: `scrolls right, 3.1 px`, or `like 2` for one that does the same as a lower one. */
  actions?: string[]
}

/** The largest size that a config may name. */
const MAX_SIZE = 1 << 20
/** Codebooks that a position may have. */
const MAX_CODEBOOKS = 16
/** Layers are listed one by one, so more than this would take gigabytes before the weights are even opened. */
export const MAX_LAYERS = 1 << 10

/** The sections of Djinn's own models. */
export const DJINN_SECTIONS = { tokenizer, latent_action: latentAction, dynamics }

function tokenizer(s: Section): TokenizerConfig {
  return {
    ...transformer(s),
    variant: s.oneOf('variant', VARIANTS),
    patch: s.size('patch'),
    encoder_layers: s.size('encoder_layers', MAX_LAYERS),
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
    codes: s.size('codes'),
    code_width: s.size('code_width'),
    codebooks: codebooks(s),
    encoder: s.oneOf('encoder', ['context', 'patch'] as const),
  }
}

const codebooks = (s: Section) => (s.value('codebooks') === undefined ? 1 : s.size('codebooks', MAX_CODEBOOKS))

function latentAction(s: Section, top: Section): LatentActionConfig {
  const input = s.oneOf('input', ['pixels', 'tokens'])
  if (input === 'tokens' && codebooks(top.section('tokenizer')) > 1)
    throw new FormatError(`${s.path}.input is "tokens", which takes a tokenizer.codebooks of 1`)
  return {
    ...transformer(s),
    input,
    patch: (input === 'tokens' ? top.section('tokenizer') : s).size('patch'),
    encoder_layers: s.size('encoder_layers', MAX_LAYERS),
    decoder_layers: s.size('decoder_layers', MAX_LAYERS),
    actions: s.size('actions'),
    code_width: s.size('code_width'),
  }
}

function dynamics(s: Section): DynamicsConfig {
  return { ...transformer(s, true), layers: s.size('layers', MAX_LAYERS) }
}

/** How Djinn's own models are sampled (docs/model.md §5). */
export function djinnSampling(s: Section): SamplingConfig {
  return {
    steps: s.size('steps'),
    temperature: s.number('temperature'),
    choice_temperature: s.number('choice_temperature'),
    guidance: s.value('guidance') === undefined ? 1 : s.number('guidance'),
    threshold: s.value('threshold') === undefined ? 1 : s.number('threshold'),
  }
}

/** Every step of a frame is recorded before it runs: more would take gigabytes. */
export const MAX_STEPS = 1024

/** Beyond this, temperatures and guidance make logits of no meaning, or infinite. */
const MAX_SAMPLING = 1000

/**
 * @returns the settings, if a frame can be decoded with them
 * @throws ArgumentError naming the setting and its value
 */
export function checkSampling(s: SamplingConfig, where: string): SamplingConfig {
  const fault = (name: string, value: number, wanted: string) =>
    new ArgumentError(`${where}.${name} is ${value}, expected ${wanted}`)
  if (!Number.isInteger(s.steps) || s.steps < 1 || s.steps > MAX_STEPS)
    throw fault('steps', s.steps, `a whole number of 1 … ${MAX_STEPS}`)
  for (const name of ['temperature', 'choice_temperature'] as const)
    if (!(s[name] >= 0 && s[name] <= MAX_SAMPLING)) throw fault(name, s[name], `a number of 0 … ${MAX_SAMPLING}`)
  const { threshold = 1 } = s
  if (!(threshold >= 0 && threshold <= 1)) throw fault('threshold', threshold, 'a number of 0 … 1')
  if (!(Math.abs(s.guidance) <= MAX_SAMPLING)) throw fault('guidance', s.guidance, `a number of ±${MAX_SAMPLING}`)
  return s
}

/** S: patches per frame. The last row and column of patches may be padded. */
export function patchCount(frame: { height: number; width: number }, patch: number): number {
  return Math.ceil(frame.height / patch) * Math.ceil(frame.width / patch)
}

/** Codes of a frame: N for each of its S positions. */
export const codesPerFrame = ({ frame, tokenizer }: Config): number =>
  patchCount(frame, tokenizer.patch) * codebooksOf(tokenizer)

/** N: codes of a position. */
export const codebooksOf = ({ codebooks = 1 }: TokenizerConfig): number => codebooks

/** Width, heads and feed-forward width of a block. */
export function blockSizes(s: Section) {
  const { path } = s
  const sizes = { width: s.size('width'), heads: s.size('heads'), ffn: s.size('ffn') }
  if (sizes.width % sizes.heads !== 0)
    throw new FormatError(`${path}.heads is ${sizes.heads}, which does not divide width ${sizes.width}`)
  return sizes
}

function transformer(s: Section, defaultQkNorm = false): TransformerConfig {
  const sizes = { ...blockSizes(s), window: s.size('window') }
  const qkNorm = s.value('qk_norm') ?? defaultQkNorm
  if (typeof qkNorm !== 'boolean')
    throw new FormatError(`${s.path}.qk_norm is ${describe(qkNorm)}, expected true or false`)
  return { ...sizes, qk_norm: qkNorm }
}

/** An object of the JSON, with the path that errors name. */
export class Section {
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

  size(name: string, largest = MAX_SIZE): number {
    const v = this.value(name)
    if (!Number.isInteger(v) || (v as number) < 1 || (v as number) > largest)
      throw new FormatError(`${this.path}.${name} is ${describe(v)}, expected a whole number of 1 … ${largest}`)
    return v as number
  }

  /** One of some names; the first is the default. */
  oneOf<Name extends string>(name: string, names: readonly [Name, ...Name[]]): Name {
    const v = Object.hasOwn(this.fields, name) ? this.fields[name] : names[0]
    if (!names.includes(v as Name))
      throw new FormatError(`${this.path}.${name} is ${describe(v)}, expected "${names.join('" or "')}"`)
    return v as Name
  }

  number(name: string): number {
    const v = this.value(name)
    if (typeof v !== 'number' || !Number.isFinite(v))
      throw new FormatError(`${this.path}.${name} is ${describe(v)}, expected a number`)
    return v
  }

  positive(name: string): number {
    const v = this.number(name)
    if (v <= 0) throw new FormatError(`${this.path}.${name} is ${v}, expected a number above 0`)
    return v
  }
}
