// Weights and settings at their ends are refused by name, or every token drawn is one of the model's.
import { describe, expect, test } from 'vitest'
import { NO_DRIVER, requestDawnAdapter } from '../../src/cli/dawn.ts'
import { bytesSource, hostTensor, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const device = await requestDawnAdapter().then(
  adapter => adapter.requestDevice(),
  error => {
    if (error.message === NO_DRIVER) return undefined
    throw error
  },
)
const config = smallConfig()
const numbers = device ? describe : describe.skip

async function tokensOf(world: World): Promise<Int32Array> {
  await world.prompt(randomPicture(14, 10))
  world.step(1)
  const tokens = await world.tokens()
  world.dispose()
  return tokens
}

const expectInRange = (tokens: Int32Array) =>
  expect([...tokens].filter(token => token < 0 || token >= config.tokenizer.codes)).toEqual([])

numbers('settings', () => {
  const SETTINGS = {
    temperature: [0, 1e-30, 1000, 1e300, -1, Number.NaN],
    guidance: [-1000, 0, 1000, 1e300, Number.NaN],
    steps: [1, 1024, 1025, 0, 0.5, 1e300],
    choice_temperature: [0, 1000, 1e300],
  }
  for (const [name, values] of Object.entries(SETTINGS))
    for (const value of values)
      test(`${name} ${value}`, async () => {
        const world = await World.load(filesSource(randomModel(config)), { device: device!, precision: 'f32' })
        await world.prompt(randomPicture(14, 10))
        Object.assign(world.sampling, { [name]: value })
        try {
          world.step(1)
        } catch (error) {
          expect((error as Error).message).toContain(`sampling.${name} is ${value}`)
          return world.dispose()
        }
        expectInRange(await world.tokens())
        world.dispose()
      })
})

numbers('weights', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, 0])
    for (const file of ['tokenizer', 'dynamics'] as const)
      test(`of the ${file} all ${value}`, async () => {
        const files = randomModel(config)
        const name = `${file}.safetensors`
        const { tensors } = await readSafetensors(bytesSource(name, files[name]!))
        const corrupted = [...tensors].map(([tensor, { shape, data }]) => [
          tensor,
          hostTensor(new Float32Array(data.byteLength / 4).fill(value), shape),
        ])
        files[name] = joined(writeSafetensors(Object.fromEntries(corrupted)))
        const loading = World.load(filesSource(files), { device: device!, precision: 'f32' })
        if (!Number.isFinite(value)) await expect(loading).rejects.toThrow(new RegExp(`${file}.*holds ${value}`))
        else expectInRange(await tokensOf(await loading))
      })
})
