// Gradient bundles, model.md §7: the loss of a component and the gradient of each of its parameters, compared with PyTorch's.

import { createTape } from '../../kernels/autograd.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import { COMPONENT_NAMES } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import { trainableOf } from '../training/components/spec.ts'
import { componentNamed } from '../training/components.ts'
import { forwardBackward, readParameter, readTerms } from '../training/gradients.ts'
import { lossWeightValues, totalLoss } from '../training/losses.ts'
import { loadWeights } from '../weights/load.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { type ByteSource, FormatError, readSafetensors } from '../weights/safetensors.ts'
import { type ComparisonRow, FloatComparison, gradientRow, largestOf } from './comparison.ts'
import { ReferenceBundle } from './reference_bundle.ts'

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
  const component = componentNamed(metadata.component ?? '')
  if (!component)
    throw new FormatError(
      `${bundle.name}: component of its metadata is ${JSON.stringify(metadata.component)}, expected ${COMPONENT_NAMES.join(', ')}`,
    )
  const b = new ReferenceBundle(bundle.name, tensors, metadata, config)
  const p = new Program(gpu, 'gradients', createTape())
  const frames = b.tensor(b.has('in.tokens') ? 'in.tokens' : 'in.frames').shape[0]!
  const asPlayed = b.has('in.mask_played')
  const trainable = trainableOf(component, config, { clips: 1, frames, asPlayed })
  const weights = await loadWeights(gpu, await open(`${component.name}.safetensors`), trainable.parameters)
  const { loss, gradients } = forwardBackward(p, trainable, weights)
  for (const { tensor } of loss.terms) p.output(tensor)
  for (const { gradient } of gradients) p.output(gradient)
  await p.build()
  const lossWeights = component.lossWeights[phaseOf(b, metadata)] ?? component.lossWeights.base
  gpu.write(loss.weights, lossWeightValues(lossWeights))
  for (const [name, values] of Object.entries(component.inputsFromBundle(b, frames)))
    gpu.write(loss.inputs[name]!, values)
  p.run()
  await gpu.throwPendingError()

  const lossRow = new FloatComparison('out.loss', gpu.precision)
  lossRow.add(b.floats('out.loss', [1]), Float32Array.of(totalLoss(await readTerms(gpu, loss), lossWeights)))
  const pairs = []
  for (const spec of trainable.parameters.filter(spec => spec.trainable)) {
    const own = gradients.find(gradient => gradient.spec === spec)
    const reference = b.floats(`grad.${spec.name}`, spec.shape)
    const found = own ? await readParameter(gpu, spec, own.gradient) : new Float32Array(reference.length)
    pairs.push({ output: `grad.${spec.name}`, reference, found })
  }
  const ofAll = Math.max(...pairs.map(({ reference }) => largestOf(reference)))
  return [lossRow.row(), ...pairs.map(({ output, reference, found }) => gradientRow(output, reference, found, ofAll))]
}

/** The loss that a bundle has: that of model.md §8, or as the recipe trains. */
function phaseOf(b: ReferenceBundle, { phase }: Record<string, string>): 'base' | 'train' | 'autoencoder' {
  if (phase === 'train' || phase === 'autoencoder') return phase
  return b.has('in.targets') ? 'train' : 'base'
}
