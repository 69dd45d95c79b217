// A short training with hard EM finds out from video alone which way things move: squares at random places, one per row, that all move
// left, stay or move right, at random in every frame. What leaves at one side enters at the other.

import { expect, test } from 'vitest'
import { NO_DRIVER } from '../../src/cli/dawn.ts'
import { openGpu } from '../../src/cli/open_gpu.ts'
import { ActionEncoder } from '../../src/model/action_inference.ts'
import { latentActionSpec } from '../../src/training/components/latent_action.ts'
import { trainableOf } from '../../src/training/components/spec.ts'
import type { Clips } from '../../src/training/data/clips.ts'
import { trainLoop } from '../../src/training/loop.ts'
import { Random } from '../../src/training/random.ts'
import { TrainingStep } from '../../src/training/step.ts'
import { bytesSource, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import { smallConfig } from '../helpers/random_model.ts'

const [SIZE, SQUARE, STEP, LENGTH] = [24, 8, 4, 8]
const STEPS = 200
const config = smallConfig({
  frame: { height: SIZE, width: SIZE },
  latent_action: {
    patch: SQUARE,
    width: 64,
    heads: 4,
    ffn: 64,
    encoder_layers: 2,
    decoder_layers: 1,
    window: 2,
    actions: 3,
    code_width: 8,
  },
})

interface Squares extends Clips {
  /** Of every transition of a clip: 0 left, 1 stays, 2 right. */
  directions(clip: number): number[]
}

function squares(seed: number): Squares {
  /** Where each row's square begins, and how far all have gone at every frame. */
  const walk = (clip: number) => {
    const random = new Random(seed, clip)
    const starts = Array.from({ length: SIZE / SQUARE }, () => STEP * random.integer(SIZE / STEP))
    const gone = [0]
    while (gone.length < LENGTH) gone.push(gone.at(-1)! + STEP * (random.integer(3) - 1))
    return { starts, gone }
  }
  return {
    clips: 200,
    length: LENGTH,
    directions: clip => walk(clip).gone.flatMap((x, t, all) => (t === 0 ? [] : [Math.sign(x - all[t - 1]!) + 1])),
    async frames(clip, first, count) {
      const { starts, gone } = walk(clip)
      return Uint8Array.from({ length: count * SIZE * SIZE * 3 }, (_, i) => {
        const [x, y, t] = [Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE) % SIZE, Math.floor(i / 3 / SIZE ** 2)]
        const left = starts[Math.floor(y / SQUARE)]! + gone[first + t]!
        return (x - left + SIZE * LENGTH) % SIZE < SQUARE ? [250, 200, 30][i % 3]! : 40
      })
    },
  }
}

/** Bits that one of a pair tells of the other; each is 0, 1 or 2. */
function mutualInformation(pairs: [number, number][]): number {
  const share = (fits: (pair: [number, number]) => boolean) => pairs.filter(fits).length / pairs.length
  let bits = 0
  for (const a of [0, 1, 2])
    for (const b of [0, 1, 2]) {
      const both = share(pair => pair[0] === a && pair[1] === b)
      if (both > 0) bits += both * Math.log2(both / (share(pair => pair[0] === a) * share(pair => pair[1] === b)))
    }
  return bits
}

const gpu = await openGpu('f32').catch((error: Error) => {
  if (error.message.startsWith(NO_DRIVER)) return undefined
  throw error
})

if (gpu && !/swiftshader/i.test(gpu.adapterName)) {
  test(`winner takes all: ${STEPS} steps name which way squares go, on clips that were not seen`, async () => {
    const shape = { clips: 10, frames: 5 }
    const open = async (file: string): Promise<never> => {
      throw new Error(`${file} is not needed`)
    }
    const context = { gpu, config, clips: squares(105), shape, open }
    const recipe = await latentActionSpec.recipe({ ...context, labels: 'winners' })
    const start = bytesSource(
      'start',
      joined(writeSafetensors((await recipe.initWeights(new Random(1, 0), gpu)).toTensors())),
    )
    const training = await TrainingStep.create(gpu, trainableOf(latentActionSpec, config, shape), start)
    const faster = { ...recipe, learningRate: 2 * recipe.learningRate }
    await trainLoop(
      training,
      faster,
      { step: 0, progress: 0 },
      {
        seed: 1,
        warmUp: 10,
        progress: step => step / STEPS,
        wantsReport: () => false,
        onReport: () => undefined,
        wantsCheckpoint: () => false,
        onCheckpoint: async () => undefined,
      },
    )
    const trained = joined(writeSafetensors(await training.weights()))
    const reader = await ActionEncoder.load(gpu, config, async file => bytesSource(file, trained), LENGTH)
    const unseen = squares(106)
    const pairs: [number, number][] = []
    for (let clip = 0; clip < 40; clip++) {
      const codes = await reader.infer(await unseen.frames(clip, 0, LENGTH))
      unseen.directions(clip).forEach((direction, t) => {
        pairs.push([direction, codes[t]!])
      })
    }
    gpu.dispose()
    // Of log₂ 3; two codes alone would get to 0.92. Five seeds had from 1.42 to 1.58.
    expect(mutualInformation(pairs)).toBeGreaterThan(1.1)
  }, 240_000)
} else {
  const missing = `NOT TESTED: ${STEPS} steps of winner takes all, which take minutes on SwiftShader; lavapipe is not installed`
  console.warn(missing)
  test.skip(missing)
}
