// The code of docs/embedding.md, cut out of the text and run in a page: every TypeScript block, with what it takes as given made first, and
// the HTML without code, and the component for Next.js, rendered by a server. The HTML without a bundler runs from the packed package (test/package/package.node.test.ts).

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADAPTERS } from '../../src/world/adapters.ts'
import { launch, openPage, PATIENCE, ROOT } from '../helpers/browser_page.ts'

const IMPORTS = "import { decodeRecording, DjinnError, encodeRecording, World } from 'djinn'\n"
const CANVAS = "const canvas = document.querySelector('canvas')!\n"
const PICTURE = "const picture = await (await fetch('/platformer/prompts/snow.png')).blob()\n"
const WORLD = "const world = await World.load('/platformer/')\n"
const PLAYED = `${CANVAS}${PICTURE}${WORLD}await world.prompt(picture)\nworld.step(0)\n`
/** A renderer of three.js, and whether it draws the material: a picture, not one colour. */
const THREE_SCENE = `const renderer = new THREE.WebGPURenderer()
await renderer.init()
const { device } = renderer.backend as unknown as { device: GPUDevice }
async function isDrawn() {
  await world.prompt(picture)
  world.step(0)
  void world.texture // submits the frame
  const scene = new THREE.Scene().add(new THREE.Mesh(new THREE.PlaneGeometry(2, 2), material))
  const target = new THREE.RenderTarget(32, 32)
  renderer.setRenderTarget(target)
  renderer.render(scene, new THREE.OrthographicCamera(-1, 1, 1, -1, -1, 1))
  return new Set(await renderer.readRenderTargetPixelsAsync(target, 0, 0, 32, 32)).size > 9
}
`
const SAID = 'let said = ""\nconst showPicture = (text: string) => (said = text), showRetry = showPicture\n'

/** By a piece of a block: what stands before it, and an expression that is true when it has done its work. */
const BLOCKS: [piece: string, before: string, holds: string][] = [
  ["document.querySelector('canvas')!", '', 'world.frame === 1'],
  ['for (const action of actions)', `${IMPORTS}${PLAYED}const actions = [1, 2, 3]\n`, 'world.frame === 5'],
  ['THREE.ExternalTexture', IMPORTS + PICTURE + THREE_SCENE, 'await isDrawn()'],
  ['world.save()', IMPORTS + PLAYED, 'world.frame === 2 && other.frame === 2 && location.hash.length > 9'],
  ['World.support', `${IMPORTS}${SAID}`, 'said === "" && memory!.total > 0 && typeof adapter === "string"'],
  ["World.load('/nowhere/')", IMPORTS + SAID, 'said.includes("404")'],
  ['requiredLimits', IMPORTS + PICTURE, 'sprite instanceof GPUTextureView && world.gpu.device === device'],
  ['document.hidden', IMPORTS + PLAYED, 'await frames(world, 4, () => clearInterval(timer))'],
  ['localStorage', IMPORTS + PLAYED, 'world.frame === 2 && saved.score === 7'],
  ['djinn/remote', '', "world.precision.startsWith('f')"],
]

const text = await readFile(join(ROOT, 'docs/embedding.md'), 'utf8')
const [, withoutCode] = /```html\n([\s\S]*?)```/.exec(text)!
const [, component] = /```tsx\n([\s\S]*?)```/.exec(text)!
const codes = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)

let server: ViteDevServer
let address: string
let browser: Browser

const FRAMES = `\nconst frames = async (world: { frame: number }, count: number, stop: () => void) => {
  while (world.frame < count) await new Promise(resolve => setTimeout(resolve, 10))
  stop()
  return true
}\nvoid frames\n`
/** The component as a server renders it, without a GPU. */
async function rendered(): Promise<string> {
  const { default: PlayableWorld } = await server.ssrLoadModule('/blocks/component.tsx')
  return renderToString(createElement(PlayableWorld))
}

beforeAll(async () => {
  const keys = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4 }
  const tiny = { ...JSON.parse(await readFile(join(ROOT, 'test/golden/tiny/config.json'), 'utf8')), keys }
  server = await createServer({
    root: ROOT,
    server: { port: 5341, hmr: false },
    // Found only while a page is open, they would have vite load it again.
    optimizeDeps: { include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'three/tsl', 'three/webgpu'] },
    logLevel: 'error',
    plugins: [
      {
        name: 'blocks',
        // The golden tiny model in place of the shipped one: its frames show nothing, but they come fast.
        configureServer({ middlewares }) {
          middlewares.use((request, response, next) => {
            const [path = ''] = request.url!.split('?')
            if (path === '/platformer/config.json') return void response.end(JSON.stringify(tiny))
            if (path === '/block') {
              response.setHeader('Content-Type', 'text/html')
              const number = new URLSearchParams(request.url!.split('?')[1]).get('n')
              return void response.end(
                `<!doctype html><title>block</title><link rel="icon" href="data:,"><canvas></canvas><script type="module" src="/blocks/${number}.ts"></script>`,
              )
            }
            if (path === '/element.html') {
              response.setHeader('Content-Type', 'text/html')
              const page = `<!doctype html><title>element</title><link rel="icon" href="data:,">${withoutCode}`
              return void server.transformIndexHtml(path, page).then(html => response.end(html))
            }
            if (path === '/next') {
              response.setHeader('Content-Type', 'text/html')
              return void rendered().then(html =>
                response.end(
                  `<!doctype html><title>next</title><link rel="icon" href="data:,"><div id="root">${html}</div><script type="module" src="/blocks/hydrate.tsx"></script>`,
                ),
              )
            }
            if (path.startsWith('/platformer/prompts/')) request.url = `/weights${path}`
            else if (path.startsWith('/platformer/')) request.url = path.replace('/platformer/', '/test/golden/tiny/')
            next()
          })
        },
        resolveId: id => (id.startsWith('/blocks/') ? join(ROOT, 'docs', id) : undefined),
        load(id) {
          if (id.endsWith('/blocks/component.tsx')) return component
          if (id.endsWith('/blocks/hydrate.tsx'))
            return "import { hydrateRoot } from 'react-dom/client'\nimport PlayableWorld from '/blocks/component.tsx'\nhydrateRoot(document.getElementById('root')!, <PlayableWorld />)\n"
          const [, number] = /\/blocks\/(\d+)\.ts$/.exec(id) ?? []
          if (number === undefined) return undefined
          const code = codes[Number(number)]!
          const [, before, holds] = BLOCKS.find(([piece]) => code.includes(piece))!
          return `${before}${FRAMES}${code}\ndocument.title = String(${holds})\n`
        },
      },
    ],
  })
  await server.listen()
  address = server.resolvedUrls!.local[0]!
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test.each(codes.map((code, i) => [code.trim().split('\n').at(-1)!, i] as const))('…%s', async (_, i) => {
  expect(BLOCKS.filter(([piece]) => codes[i]!.includes(piece))).not.toEqual([])
  const { page, complaints } = await openPage(browser, `${address}block?n=${i}`)
  await expect
    .poll(async () => complaints.find(text => !text.includes('404')) ?? (await page.title()), PATIENCE)
    .not.toBe('block')
  expect([complaints.filter(text => !text.includes('404')), await page.title()]).toEqual([[], 'true'])
  await page.context().close()
})

test('every block is one of those that run', () => {
  const kinds = [...text.matchAll(/^```(\w+)$/gm)].map(([, kind]) => kind)
  // The second of HTML runs in test/package.
  expect(kinds.filter(kind => kind !== 'ts')).toEqual(['html', 'tsx', 'html'])
})

test.each([
  ['the HTML without code', 'element.html'],
  ['the component for Next.js, rendered by a server,', 'next'],
])('%s plays', async (_, path) => {
  const { page, complaints } = await openPage(browser, address + path)
  const frame = () =>
    page
      .locator('djinn-world')
      .evaluate(host => (host as HTMLElement & { world?: { frame: number } }).world?.frame ?? 0)
  await expect.poll(async () => (complaints.length > 0 ? -1 : await frame()), PATIENCE).not.toBe(0)
  expect(complaints).toEqual([])
})

test('the codes of errors are those of DjinnError', async () => {
  const source = await readFile(join(ROOT, 'src/gpu/errors.ts'), 'utf8')
  const [, union] = /type ErrorCode =([\s\S]*?)\n\n/.exec(source)!
  const [, table] = /\| `code` \|.*\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(text)!
  const listed = table!
    .split('\n')
    .flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([\w-]+)`/g)].map(([, code]) => code))
  expect(listed.sort()).toEqual([...union!.matchAll(/'([\w-]+)'/g)].map(([, code]) => code).sort())
})

test('the budgets are those of the reference adapters', () => {
  for (const [name, isIt] of [
    ['SwiftShader', /swiftshader/],
    ['lavapipe', /llvmpipe/],
  ] as const) {
    const { precision, world } = ADAPTERS.find(adapter => isIt.test(adapter.name))!
    const row = new RegExp(`\\| ${name} \\| ${precision} \\| [\\d.]+ MB \\| (\\d+) ms \\| (\\d+) ms \\|`).exec(text)
    expect([name, row?.[1], row?.[2]]).toEqual([name, world.ms.toFixed(0), world.predicted.toFixed(0)])
  }
})
