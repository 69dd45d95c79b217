// Fetching a model: what was loaded loads again without a network, what has changed is fetched, and what breaks says so.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FormatError } from '../../src/weights/format_error.ts'
import { readText, urlSource } from '../../src/weights/model_source.ts'
import { World } from '../../src/world/world.ts'
import { randomPicture } from '../helpers/random_model.ts'

const CACHE = 'djinn-models'
const MODEL = '/test/golden/tiny/'
const online = globalThis.fetch

/** What stands for the network: what a request is answered with, and what was asked. */
let asked: string[]
function network(answer: (url: string, init: RequestInit) => Response | undefined): void {
  asked = []
  globalThis.fetch = async (input, init = {}) => {
    const { origin, pathname, search } = new URL(input instanceof Request ? input.url : input, location.href)
    const address = `${origin === location.origin ? '' : origin}${pathname}${search}`
    asked.push(address)
    const response = answer(address, init)
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

test('offline, a world that was never loaded is refused in one sentence', async () => {
  network(() => undefined)
  await expect(World.load(MODEL)).rejects.toThrow(
    new FormatError(`${location.origin}${MODEL}config.json could not be fetched: Failed to fetch`, 'fetch'),
  )
})

const read = async (address = '/model', onWarning?: (message: string) => void) => {
  const source = urlSource(address, undefined, onWarning)
  try {
    const text = await readText(await source.open('config.json'))
    await source.keep!()
    return text
  } catch (error) {
    await source.discard!()
    throw error
  }
}
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
])(
  'a file that has changed, by its %s, is downloaded again, and one that has not is not even read',
  async (_, before, after) => {
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
  },
)

test('a file without ETag or date is downloaded each time, and kept for when there is no network', async () => {
  network(answer('one', {}))
  expect(await read()).toBe('one')
  network(answer('two', {}))
  expect(await read()).toBe('two')
  network(() => undefined)
  expect(await read()).toBe('two')
})

test('an error of the server is not kept', async () => {
  network(() => new Response('gone', { status: 404 }))
  await expect(read()).rejects.toThrow('status 404')
  network(() => undefined)
  await expect(read()).rejects.toThrow('Failed to fetch')
})

test.each([404, 429, 503])(
  'while the server answers %i, the kept copy is used, and a warning says so',
  async status => {
    network(answer('good', { etag: '"a"' }))
    expect(await read()).toBe('good')
    network(() => new Response('busy', { status }))
    const warnings: string[] = []
    expect(await read('/model', message => warnings.push(message))).toBe('good')
    expect(warnings).toEqual([
      `${location.origin}/model/config.json: the server answers with status ${status}, so the kept copy is used`,
    ])
  },
)

test('a download that ends early is never kept, whatever its ETag', async () => {
  const files = await Promise.all(
    ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors'].map(
      async file => [file, await (await online(MODEL + file)).arrayBuffer()] as const,
    ),
  )
  const serve = (cut: number) =>
    network(address => {
      const [name, bytes] = files.find(([file]) => address.endsWith(file))!
      const body = name.startsWith('dynamics') ? bytes.slice(0, bytes.byteLength - cut) : bytes
      return new Response(body, { headers: { etag: '"same"' } })
    })
  serve(100)
  await expect(World.load('/model')).rejects.toThrow(/dynamics\.safetensors: truncated/)
  serve(0)
  const world = await World.load('/model')
  world.dispose()
  expect(asked).toHaveLength(3)
  network(() => undefined)
  ;(await World.load('/model', { onWarning: () => undefined })).dispose()
})

describe('a download that breaks off', () => {
  const whole = 'abcdefghij'
  const bytes = (text: string) => new TextEncoder().encode(text)
  /** A body that ends with an error after `length` bytes. */
  const broken = (length: number) => {
    const steps = [
      (controller: ReadableStreamDefaultController) => controller.enqueue(bytes(whole.slice(0, length))),
      (controller: ReadableStreamDefaultController) => controller.error(new TypeError('network error')),
    ]
    return new ReadableStream<Uint8Array>({ pull: controller => steps.shift()!(controller) }, { highWaterMark: 0 })
  }
  // A copy for the cache would read ahead, and drop what the error overtakes.
  beforeEach(() => vi.stubGlobal('caches', undefined))
  afterEach(() => vi.unstubAllGlobals())

  test('is resumed by a range where the server has them', async () => {
    network((_, { headers }) => {
      const range = new Headers(headers).get('range')
      if (!range) return new Response(broken(4), { headers: { etag: '"a"' } })
      expect([range, new Headers(headers).get('if-range')]).toEqual(['bytes=4-', '"a"'])
      return new Response(whole.slice(4), { status: 206, headers: { etag: '"a"' } })
    })
    expect(await read()).toBe(whole)
  })

  test.each([
    [2, whole],
    [6, undefined],
  ])('and is resumed at byte %i, not where it broke, is never put together wrongly', async (from, expected) => {
    network((_, { headers }) => {
      if (!new Headers(headers).get('range')) return new Response(broken(4), { headers: { etag: '"a"' } })
      const resumed = { etag: '"a"', 'content-range': `bytes ${from}-9/10` }
      return new Response(whole.slice(from), { status: 206, headers: resumed })
    })
    if (expected) expect(await read()).toBe(expected)
    else await expect(read()).rejects.toThrow(/broke off after 4 bytes \(network error\)$/)
  })

  test('is read again from the start where it has none', async () => {
    let requests = 0
    network(() => new Response(requests++ < 2 ? broken(4) : whole, { headers: { etag: '"a"' } }))
    expect(await read()).toBe(whole)
  })

  test('and cannot be resumed says how far it came', async () => {
    network(() => new Response(broken(4)))
    await expect(read()).rejects.toThrow(
      new FormatError(
        `${location.origin}/model/config.json: the download broke off after 4 bytes (network error)`,
        'fetch',
      ),
    )
    let requests = 0
    network(() => new Response(broken(4), { headers: { etag: `"${requests++}"` } }))
    await expect(read()).rejects.toThrow(/broke off after 4 bytes \(network error\), and the file has changed since$/)
  })
})

describe('an address', () => {
  test('keeps its query for every file and loses its fragment', async () => {
    network(answer('x', {}))
    await read('/model?token=a&b=c#part')
    expect(asked).toEqual(['/model/config.json?token=a&b=c'])
  })

  test('is resolved against the base of the document', async () => {
    const base = Object.assign(document.createElement('base'), { href: '/elsewhere/' })
    document.head.append(base)
    network(answer('x', {}))
    await read('model').finally(() => base.remove())
    expect(asked).toEqual(['/elsewhere/model/config.json'])
  })

  test.each([
    ['blob:http://localhost/1', 'a blob: address has no files below it'],
    ['data:text/plain,x', 'a data: address has no files below it'],
    ['http://', 'http:// is not an address'],
  ])('%s is refused', (address, sentence) => {
    expect(() => urlSource(address)).toThrow(sentence)
  })

  test('on another origin without CORS headers says just that', async () => {
    network((_, { mode }) => (mode === 'no-cors' ? new Response() : undefined))
    await expect(read('https://models.example/w')).rejects.toThrow(
      `https://models.example sends no Access-Control-Allow-Origin header for ${location.origin}`,
    )
  })

  test('on another origin gives no size: its Content-Length may be that of a compressed body', async () => {
    network(answer('a body longer than five bytes', { 'content-length': '5' }))
    const file = await urlSource('https://models.example/w').open('config.json')
    expect(file.size).toBeUndefined()
    expect(await readText(file)).toBe('a body longer than five bytes')
  })
})
