// A model that was loaded once loads again without a network, and again from the network when it has changed there.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { readText, urlSource } from '../../src/weights/model_source.ts'
import { FormatError } from '../../src/weights/safetensors.ts'
import { World } from '../../src/world/world.ts'
import { randomPicture } from '../helpers/random_model.ts'

const CACHE = 'djinn-models'
const MODEL = '/test/golden/tiny/'
const online = globalThis.fetch

/** What stands for the network: what a request is answered with, and what was asked. */
let asked: string[]
function network(answer: (url: string) => Response | undefined): void {
  asked = []
  globalThis.fetch = async input => {
    const { pathname } = new URL(input instanceof Request ? input.url : input, location.href)
    asked.push(pathname)
    const response = answer(pathname)
    if (!response) throw new TypeError('Failed to fetch')
    return response
  }
}

beforeEach(() => caches.delete(CACHE))
afterEach(() => {
  globalThis.fetch = online
})

test('offline, a world that was loaded before loads and plays', async () => {
  const first = await World.load(MODEL)
  first.dispose()
  network(() => undefined)
  const world = await World.load(MODEL)
  const { width, height } = world.config.frame
  await world.prompt(randomPicture(width, height))
  expect(world.step(1)).toBe(true)
  expect(await world.tokens()).toHaveLength(world.promptTokens().length)
  expect(asked).toHaveLength(3)
  world.dispose()
})

test('offline, one that never was loaded is one sentence', async () => {
  network(() => undefined)
  await expect(World.load(MODEL)).rejects.toThrow(
    new FormatError(`${location.origin}${MODEL}config.json could not be fetched: Failed to fetch`),
  )
})

const read = async () => readText(await urlSource('/model').open('config.json'))
const answer = (text: string, headers: Record<string, string>, counted?: { read: number }) => {
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (counted) counted.read++
        controller.enqueue(new TextEncoder().encode(text))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return () => new Response(body, { headers })
}

test.each([
  ['etag', { etag: '"a"' }, { etag: '"b"' }],
  ['date', { 'last-modified': 'Mon', 'content-length': '3' }, { 'last-modified': 'Tue', 'content-length': '3' }],
])('what has changed, by its %s, is fetched anew; what has not is not even read', async (_, before, after) => {
  network(answer('old', before))
  expect(await read()).toBe('old')
  const counted = { read: 0 }
  network(answer('lie', before, counted))
  expect(await read()).toBe('old')
  expect(counted.read).toBe(0)
  network(answer('new', after))
  expect(await read()).toBe('new')
  network(() => undefined)
  expect(await read()).toBe('new')
})

test('a file of no known version is fetched each time, and kept for when there is no network', async () => {
  network(answer('one', {}))
  expect(await read()).toBe('one')
  network(answer('two', {}))
  expect(await read()).toBe('two')
  network(() => undefined)
  expect(await read()).toBe('two')
})

test('what a server refuses is not kept', async () => {
  network(() => new Response('gone', { status: 404 }))
  await expect(read()).rejects.toThrow('status 404')
  network(() => undefined)
  await expect(read()).rejects.toThrow('Failed to fetch')
})
