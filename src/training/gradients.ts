// A component's loss and the gradients of its tensors, as one Program; and a gradient bundle (model.md §7) held to them.

import { createTape } from '../../kernels/autograd.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type Config, patchCount } from '../model/config.ts'
import { type ComparisonRow, FloatComparison, gradientRow, largestOf } from '../validation/comparison.ts'
import { ReferenceBundle } from '../validation/reference_bundle.ts'
import { loadWeights, type ParameterSpec, type Weights } from '../weights/load.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { type ByteSource, FormatError, readSafetensors } from '../weights/safetensors.ts'
import { COMPONENTS, type Component, isTrained, readAsStored } from './component.ts'
import { type Loss, type LossTerms, lossOf, SPEC_WEIGHTS, termValues } from './losses.ts'
import { type Trainable, trainableOf } from './trainable.ts'

/** A trained tensor with its gradient. */
export interface Parameter {
  spec: ParameterSpec
  tensor: Tensor
  gradient: Tensor
}

/**
 * Records forward and backward of what is trained, over a batch.
 * @param p a Program with a Tape
 */
export function forwardBackward(
  p: Program,
  { tensors, record }: Trainable,
  weights: Weights,
): { objective: Loss; parameters: Parameter[] } {
  const objective = record(p, weights)
  p.tape!.backward(p)
  const parameters = tensors.filter(isTrained).flatMap(spec => {
    const tensor = weights.get(spec.name)
    const gradient = p.tape!.gradient(tensor)
    return gradient ? [{ spec, tensor, gradient }] : []
  })
  return { objective, parameters }
}

/** The parts of the loss, once the Program has run. Their tensors are its own: see `keep`. */
export async function readParts(gpu: Gpu, { sums }: Loss): Promise<LossTerms> {
  const parts: LossTerms = {}
  for (const { names, tensor } of sums) {
    const values = new Float32Array(await gpu.read(tensor))
    names.forEach((name, i) => {
      parts[name] = values[i]!
    })
  }
  return parts
}

/** Gives an intermediate a buffer of its own, so that it can be read after the Program ran. */
export function outputOf(p: Program, t: Tensor): void {
  t.bindBuffer(p.gpu.tensor(t.label, t.shape, t.type).buffer)
}

/**
 * Computes and compares the loss and every gradient of a gradient bundle.
 * @throws FormatError when the bundle is malformed, names no component, or disagrees with the config in size
 */
export async function validateGradients(
  gpu: Gpu,
  config: Config,
  open: OpenFile,
  bundle: ByteSource,
): Promise<ComparisonRow[]> {
  const { tensors, metadata } = await readSafetensors(bundle)
  const component = metadata.component as Component
  if (!COMPONENTS.includes(component))
    throw new FormatError(`${bundle.name}: its metadata has component ${JSON.stringify(component)}, which is none`)
  const b = new ReferenceBundle(bundle.name, tensors, metadata, config)
  const p = new Program(gpu, 'gradients', createTape())
  // A latent action model of tokens has them for its input, as the dynamics has.
  const frames = b.tensor(b.has('in.tokens') ? 'in.tokens' : 'in.frames').shape[0]!
  const trainee = trainableOf(component, config, { clips: 1, frames })
  const weights = await loadWeights(gpu, await open(`${component}.safetensors`), trainee.tensors)
  const { objective, parameters } = forwardBackward(p, trainee, weights)
  for (const { tensor } of objective.sums) outputOf(p, tensor)
  for (const { gradient } of parameters) outputOf(p, gradient)
  await p.build()
  const terms = { ...SPEC_WEIGHTS, naming: component === 'dynamics' ? 1 : 0 }
  gpu.write(objective.terms, termValues(terms))
  for (const [name, values] of Object.entries(INPUTS[component](b, frames))) gpu.write(objective.inputs[name]!, values)
  p.run()
  await gpu.throwPendingError()

  const loss = new FloatComparison('out.loss', gpu.precision)
  loss.add(b.floats('out.loss', [1]), Float32Array.of(lossOf(await readParts(gpu, objective), terms)))
  const gradients = []
  for (const spec of trainee.tensors.filter(isTrained)) {
    const parameter = parameters.find(one => one.spec.name === spec.name)
    const reference = b.floats(`grad.${spec.name}`, spec.shape)
    const found = parameter ? await readAsStored(gpu, spec, parameter.gradient) : new Float32Array(reference.length)
    gradients.push({ output: `grad.${spec.name}`, reference, found })
  }
  const ofAll = Math.max(...gradients.map(({ reference }) => largestOf(reference)))
  const rows = gradients.map(({ output, reference, found }) => gradientRow(output, reference, found, ofAll))
  return [loss.row(), ...rows]
}

type Inputs = (b: ReferenceBundle, frames: number) => Record<string, ArrayBufferView<ArrayBuffer>>

const INPUTS: Record<Component, Inputs> = {
  tokenizer(b, count) {
    const frames = flat(b.frames('in.frames'))
    const S = patchCount(b.config.frame, b.config.tokenizer.patch)
    return { frames, weights: ones(frames.length), given: new Int32Array(count * S).fill(-1) }
  },
  latent_action(b, count) {
    const given = new Int32Array(count - 1).fill(-1)
    if (b.config.latent_action.input === 'tokens') {
      const S = patchCount(b.config.frame, b.config.tokenizer.patch)
      const frames = b.ints('in.tokens', [count, S])
      b.checkRange('in.tokens', frames, 0, b.config.tokenizer.codes - 1)
      const [before, after] = [frames.slice(0, -S), frames.slice(S)]
      return { frames, before, after, weights: ones(after.length).fill(1 / after.length), given }
    }
    const frames = b.frames('in.frames')
    const [before, after] = [flat(frames.slice(0, -1)), flat(frames.slice(1))]
    return { frames: flat(frames), before, after, weights: ones(after.length), given }
  },
  dynamics(b, count) {
    const S = patchCount(b.config.frame, b.config.tokenizer.patch)
    const { codes } = b.config.tokenizer
    const targets = b.ints('in.tokens', [count, S])
    const mask = b.bytes('in.mask', [count, S])
    const actions = b.ints('in.actions', [count - 1])
    b.checkRange('in.tokens', targets, 0, codes - 1)
    b.checkRange('in.actions', actions, -1, b.config.latent_action.actions - 1)
    const masked = mask.reduce((sum, m) => sum + m, 0)
    return {
      tokens: targets.map((token, i) => (mask[i] ? codes : token)),
      targets,
      weights: Float32Array.from(mask, m => m / masked),
      frameInfo: Int32Array.of(0, 0, -1, ...actions),
    }
  },
}

const ones = (length: number) => new Float32Array(length).fill(1)

function flat(pictures: Uint32Array[]): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(pictures.length * (pictures[0]?.length ?? 0))
  pictures.forEach((picture, i) => {
    all.set(picture, i * picture.length)
  })
  return all
}
