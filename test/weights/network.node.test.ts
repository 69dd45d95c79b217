// Real downloads of a real browser from a real server: compressed, cut off, resumed, of another origin, refused while a copy is kept.

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { launch, openPage, ROOT, serve } from '../helpers/browser_page.ts'

const FOLDER = join(ROOT, 'test/golden/tiny')
const file = (name: string) => readFileSync(join(FOLDER, name))
const CORS = { 'access-control-allow-origin': '*' }
/** As good servers do it, with all that tells a version. */
const whole = (response: ServerResponse, name: string, headers = {}) =>
  response.writeHead(200, { ...CORS, etag: '"same"', 'cache-control': 'max-age=3600', ...headers }).end(file(name))

let browser: Browser
let vite: ViteDevServer
let page: Page
let models: Server
let origin: string
let answer: (name: string, response: ServerResponse, request: IncomingMessage) => void
let asked: string[]
/** Told by the page how many bytes of the model have arrived. */
let arrived: (bytes: number) => void

beforeAll(async () => {
  browser = await launch()
  const served = await serve(5337)
  vite = served.server
  models = createServer((request, response) => {
    asked.push(request.url!)
    answer(new URL(request.url!, 'http://x').pathname.split('/').at(-1)!, response, request)
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => models.once('listening', resolve))
  origin = `http://127.0.0.1:${(models.address() as AddressInfo).port}`
  const prepare = (opening: Page) => opening.exposeFunction('arrived', (bytes: number) => arrived(bytes))
  ;({ page } = await openPage(browser, `${served.address}test/golden/tiny/config.json`, { prepare }))
})
afterAll(async () => {
  await browser?.close()
  await vite?.close()
  models?.closeAllConnections()
  models?.close()
})
beforeEach(async () => {
  asked = []
  arrived = () => undefined
  await page.evaluate(() => caches.delete('djinn-models'))
})

/** Loads and plays a frame, in the page. */
const LOAD = `async address => {
  const { World } = await import('/src/index.ts')
  const said = []
  try {
    const world = await World.load(address, { onProgress: arrived, onWarning: warning => said.push(warning) })
    const { height, width } = world.config.frame
    await world.prompt({ width, height, data: new Uint8Array(4 * width * height).fill(99) })
    world.step(1)
    said.push((await world.tokens()).length + ' tokens')
    world.dispose()
  } catch (error) {
    said.push(error.name + ': ' + error.message)
  }
  return said
}`

/** @returns what was said: warnings, then the number of tokens or the error */
const load = (path = '/world') => page.evaluate<string[]>(`(${LOAD})(${JSON.stringify(origin + path)})`)

const PLAYED = ['16 tokens']

/** Ends the connection once the page has read `sent` bytes of the dynamics, which is read last. */
function cutAfter(sent: number, response: ServerResponse): void {
  const before = file('config.json').length + file('tokenizer.safetensors').length
  arrived = bytes => bytes >= before + sent && response.destroy()
}

test('a server that compresses, whose Content-Encoding a page of another origin cannot read', async () => {
  answer = (name, response) => {
    const body = gzipSync(file(name))
    response.writeHead(200, { ...CORS, 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
  }
  expect(await load()).toEqual(PLAYED)
})

test.each([
  [
    'with Content-Length',
    (response: ServerResponse, body: Buffer) => {
      response.writeHead(200, {
        ...CORS,
        etag: '"same"',
        'cache-control': 'max-age=3600',
        'content-length': body.length,
      })
      const half = Math.floor(body.length / 2)
      response.write(body.subarray(0, half))
      cutAfter(half, response)
    },
    /dynamics\.safetensors: the download broke off after \d+ bytes/,
  ],
  [
    'without, as if it were whole',
    (response: ServerResponse, body: Buffer) => {
      response.writeHead(200, { ...CORS, etag: '"same"', 'cache-control': 'max-age=3600' })
      response.end(body.subarray(0, body.length / 2))
    },
    /dynamics\.safetensors: truncated/,
  ],
])(
  'a download that ends early %s is not kept, not even by the browser under the same ETag',
  async (_, cut, sentence) => {
    answer = (name, response) => (name === 'dynamics.safetensors' ? cut(response, file(name)) : whole(response, name))
    const path = `/cut${asked.length}${Math.random()}`
    expect((await load(path)).join()).toMatch(sentence)
    // The server is well again, and would answer 304 to whoever asks whether the version is still the same.
    answer = (name, response, { headers }) =>
      headers['if-none-match'] ? response.writeHead(304, CORS).end() : whole(response, name)
    expect(await load(path)).toEqual(PLAYED)
  },
)

test('a download that breaks off is resumed by a range', async () => {
  const ranges: string[] = []
  answer = (name, response, { headers }) => {
    const body = file(name)
    const exposed = { 'access-control-expose-headers': 'etag' }
    if (name !== 'dynamics.safetensors') {
      whole(response, name, exposed)
      return
    }
    if (headers.range) {
      ranges.push(headers.range)
      const from = Number(/\d+/.exec(headers.range)![0])
      const range = `bytes ${from}-${body.length - 1}/${body.length}`
      response.writeHead(206, { ...CORS, ...exposed, etag: '"same"', 'content-range': range }).end(body.subarray(from))
      return
    }
    // Asked before a request of another origin with a header of its own.
    response.writeHead(200, {
      ...CORS,
      ...exposed,
      'access-control-allow-headers': '*',
      etag: '"same"',
      'content-length': body.length,
    })
    response.write(body.subarray(0, 5000))
    cutAfter(5000, response)
  }
  expect(await load('/resumed')).toEqual(PLAYED)
  expect(ranges.length).toBeGreaterThan(0)
})

test('503, 404 and a connection that is refused, while a good copy is kept: that plays, and says so', async () => {
  answer = (name, response) => whole(response, name)
  expect(await load('/kept')).toEqual(PLAYED)
  for (const status of [503, 429, 404]) {
    answer = (_, response) => response.writeHead(status, CORS).end('busy')
    const said = await load('/kept')
    expect(said.at(-1)).toBe(PLAYED[0])
    expect(said[0]).toContain(`config.json: the server answers with status ${status}, so the kept copy is used`)
  }
  answer = (_, response) => response.destroy()
  expect((await load('/kept')).at(-1)).toBe(PLAYED[0])
})

test('without CORS headers the sentence says just that', async () => {
  answer = (name, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(file(name))
  expect((await load('/silent')).join()).toContain(`${origin} sends no Access-Control-Allow-Origin header for http://`)
})

test('a token in the address goes with every file, and a fragment with none', async () => {
  answer = (name, response) => whole(response, name)
  expect(await load('/secret?token=a%2Fb&x=#part')).toEqual(PLAYED)
  expect(asked).toEqual(
    ['config', 'tokenizer', 'dynamics'].map(
      name => `/secret/${name}.${name === 'config' ? 'json' : 'safetensors'}?token=a%2Fb&x=`,
    ),
  )
})

test.each([
  [
    'a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
    /Git LFS pointer: run git lfs pull/,
  ],
  ['a web page', '<!DOCTYPE html><title>Sign in</title>', /web page/],
  ['an error in JSON', '{"error":"no such model"}', /JSON/],
])('%s in place of each file is named', async (_, body, sentence) => {
  for (const corrupted of ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors']) {
    answer = (name, response) => (name === corrupted ? response.writeHead(200, CORS).end(body) : whole(response, name))
    const [said] = await load('/pointer')
    expect(said).toMatch(corrupted === 'config.json' && body.startsWith('{') ? /config\.json.*format/ : sentence)
  }
})
