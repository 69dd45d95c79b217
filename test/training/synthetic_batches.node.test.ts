// The batches with which steps are timed: they fit the training step of every component of every preset. Nothing is computed.

import { expect, test } from 'vitest'
import { installWebGpuGlobals } from '../../src/cli/dawn.ts'
import { dryRunDevice } from '../../src/gpu/dry_run.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { trainableOf } from '../../src/training/components/spec.ts'
import { COMPONENTS } from '../../src/training/components.ts'
import { type ModelSize, PRESETS, presetConfig } from '../../src/training/presets.ts'
import { TrainingStep } from '../../src/training/step.ts'
import { zeroWeights } from '../../src/weights/zero_weights.ts'

await installWebGpuGlobals()

test.each(Object.keys(PRESETS) as ModelSize[])('every input of %s has the length of its tensor', async size => {
  const config = presetConfig(size, { frame: { width: 48, height: 33, rate: 10 }, codes: 50 })
  for (const component of COMPONENTS) {
    const shape = PRESETS[size].batches[component.name]
    const gpu = await Gpu.create({ device: dryRunDevice(new Set(), 'f32'), precision: 'f32' })
    const trainable = trainableOf(component, config, shape)
    const step = await TrainingStep.create(gpu, trainable, zeroWeights('weights', trainable.parameters))
    const batch = component.syntheticBatch(config, shape)
    // `write` refuses other lengths.
    step.write(batch)
    const [[name, values]] = Object.entries(batch) as [[string, Int32Array<ArrayBuffer>]]
    expect(() => step.write({ [name]: values.slice(1) }), component.name).toThrow(`${name} has ${values.length - 1}`)
  }
})
