// The decoding steps that a world records.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { samplingSchedule } from '../../src/model/maskgit_decoder.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig({ sampling: { steps: 5 } })
const CODES = CONFIG.tokenizer.codes

let world: World
beforeAll(async () => {
  world = await World.load(filesSource(randomModel(CONFIG)))
})
afterAll(() => world.dispose())

async function played(): Promise<Int32Array> {
  await world.prompt(randomPicture(CONFIG.frame.width, CONFIG.frame.height))
  await world.ready
  world.step(3)
  return world.tokens()
}

test('a world that does not record decoding has no steps', async () => {
  await played()
  expect(await world.decodingSteps()).toEqual([])
})

test('step by step more positions are known, as many as the schedule says, until all are what was played', async () => {
  const unwatched = await played()
  for (const guidance of [1, 1.5]) {
    world.sampling.guidance = guidance
    world.recordDecoding(true)
    const tokens = await played()
    const steps = await world.decodingSteps()
    const masked = steps.map(step => step.tokens.filter(token => token === CODES).length)
    expect(masked).toEqual(samplingSchedule(tokens.length, world.sampling).map(({ maskedAfter: remain }) => remain))
    expect(steps.at(-1)!.tokens).toEqual(tokens)
    for (const [s, step] of steps.slice(1).entries())
      step.tokens.forEach((token, i) => {
        const before = steps[s]!.tokens[i]!
        if (before === CODES) return
        expect(token).toBe(before)
        expect(step.confidence[i]).toBeGreaterThan(3e38)
      })
    expect(steps[0]!.confidence.every(c => Math.abs(c) < 50)).toBe(true)
    if (guidance === 1) expect(tokens).toEqual(unwatched)
  }
  world.sampling.guidance = 1
  world.recordDecoding(false)
})
