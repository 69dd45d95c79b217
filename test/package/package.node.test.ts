// The package as its users get it: packed, installed from the tarball into a fresh project, built by vite and by webpack, opened and
// played by the code of README. Nothing is fetched from a registry, because the package has no dependencies.

import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright'
import { build, createServer, preview } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import webpack, { type Stats } from 'webpack'
import { keep, launch, openPage, PATIENCE, ROOT } from '../helpers/browser_page.ts'
import { plainServer } from '../helpers/plain_server.ts'

const MOST_ENGINE = 40 * 1024 // bytes, gzipped

const README = await readFile(join(ROOT, 'README.md'), 'utf8')
const EMBEDDING = await readFile(join(ROOT, 'docs/embedding.md'), 'utf8')
/** The page of README around them. */
const [, CANVAS] = /```html\n([\s\S]*?)```/.exec(README)!
const PAGE = `<!doctype html><title>fresh</title><link rel="icon" href="data:,">${CANVAS}`
/** The ten lines of README, as they stand. */
const [, TEN_LINES] = /```ts\n([\s\S]*?)```/.exec(README)!

let project: string
let packed: { size: number; files: { path: string; size: number }[] }
let browser: Browser

const npm = (args: string[], cwd: string) =>
  execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'djinn-fresh-'))
  const said = npm(['pack', '--json', '--pack-destination', project], ROOT)
  const [, json] = said.match(/^(\[\n[\s\S]*)/m)!
  ;[packed] = JSON.parse(json!)
  const tarball = (await readdir(project)).find(name => name.endsWith('.tgz'))!
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  npm(['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], project)
  await writeFile(join(project, 'index.html'), PAGE)
  await writeFile(join(project, 'main.ts'), TEN_LINES!)
  await cp(join(project, 'node_modules/djinn/weights'), join(project, 'public'), { recursive: true })
  browser = await launch()
})

afterAll(async () => {
  await browser?.close()
  await rm(project, { recursive: true, force: true })
})

/** Opens the ten lines, presses a key, and sees another picture. */
async function playsAt(address: string, name: string): Promise<void> {
  const { page, complaints } = await openPage(browser, address)
  const canvas = page.locator('canvas')
  const blank = await canvas.screenshot()
  await expect.poll(async () => (await canvas.screenshot()).equals(blank), PATIENCE).toBe(false)
  const prompted = await canvas.screenshot()
  await page.keyboard.press('q') // a key that the world does not bind
  await page.keyboard.press('ArrowRight')
  await expect.poll(async () => (await canvas.screenshot()).equals(prompted), PATIENCE).toBe(false)
  await keep(page, name)
  expect(complaints).toEqual([])
  await page.context().close()
}

test('README has no other code than the page and its ten lines', () => {
  expect([...README.matchAll(/^```(\w+)$/gm)].map(([, kind]) => kind)).toEqual(['html', 'ts'])
})

test('a fresh project plays with it in ten lines, built', async () => {
  await build({ root: project, configFile: false, logLevel: 'warn', build: { target: 'es2022' } })
  const server = await preview({ root: project, configFile: false, preview: { port: 5321 } })
  await playsAt(server.resolvedUrls!.local[0]!, 'package_built')
  await server.close()
})

test('a fresh project plays with it from Vite’s development server, too', async () => {
  const server = await createServer({
    root: project,
    configFile: false,
    logLevel: 'error',
    server: { port: 5322, hmr: false },
  })
  await server.listen()
  await playsAt(server.resolvedUrls!.local[0]!, 'package_developing')
  await server.close()
})

test('webpack bundles World, the element and a Worker without any setting, and all of them run', async () => {
  await mkdir(join(project, 'source'), { recursive: true })
  // The Worker is made as docs/embedding.md says.
  const [, newWorker, file] = /^ {4}(new Worker\(new URL\('\.\/(\w+\.js)', import\.meta\.url\)\))$/m.exec(EMBEDDING)!
  await writeFile(join(project, 'source', file!), "import 'djinn/worker'\n")
  await writeFile(
    join(project, 'source/main.js'),
    `import { World } from 'djinn'
     import { RemoteWorld } from 'djinn/remote'
     import 'djinn/element'
     const address = '/public/platformer/'
     const picture = await (await fetch(address + 'prompts/snow.png')).blob()
     const remote = await RemoteWorld.load(${newWorker}, address)
     await remote.prompt(picture)
     remote.step(0)
     await remote.ready
     document.title = 'the Worker has played'
     const local = await World.load(address)
     await local.prompt(picture)
     local.step(0)
     document.title = 'the World has played'
     const element = document.createElement('djinn-world')
     element.setAttribute('src', address)
     element.setAttribute('prompt', address + 'prompts/snow.png')
     document.body.append(element)
     await new Promise(resolve => element.addEventListener('frame', resolve, { once: true }))
     document.title = [remote.frame, local.frame].join()`,
  )
  await writeFile(
    join(project, 'webpack.html'),
    '<!doctype html><title>running</title><link rel="icon" href="data:,"><script src="bundle/main.js"></script>',
  )
  const settings = { mode: 'production', context: project, entry: './source/main.js' } as const
  const stats = await new Promise<Stats | undefined>((resolve, reject) =>
    webpack({ ...settings, output: { path: join(project, 'bundle') } }, (error, stats) =>
      error ? reject(error) : resolve(stats),
    ),
  )
  expect(stats!.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] })
  const server = await plainServer(project)
  const { page, complaints } = await openPage(browser, `${server.address}/webpack.html`)
  await expect.poll(async () => complaints[0] ?? (await page.title()), PATIENCE).toBe('2,2') // the prompt's frame, and one that was played
  server.close()
  await page.context().close()
}, 600_000)

test('without a bundler, the import map of docs/embedding.md plays', async () => {
  const [, importMap] = /```html\n(<script type="importmap">[\s\S]*?)```/.exec(EMBEDDING)!
  await cp(join(project, 'node_modules/djinn/lib'), join(project, 'lib'), { recursive: true })
  const world = '<djinn-world src="public/platformer" prompt="public/platformer/prompts/snow.png"></djinn-world>'
  await writeFile(
    join(project, 'map.html'),
    `<!doctype html><title>map</title><link rel="icon" href="data:,">${importMap}${world}`,
  )
  const server = await plainServer(project)
  const { page, complaints } = await openPage(browser, `${server.address}/map.html`)
  const played = page
    .locator('djinn-world')
    .evaluate(host => new Promise(resolve => host.addEventListener('frame', () => resolve(true), { once: true })))
  expect(await played).toBe(true)
  expect(complaints).toEqual([])
  server.close()
  await page.context().close()
}, 240_000)

test('a page with the policy of docs/embedding.md, which forbids inline styles and eval, and that brings the element twice, looks and plays as one that does not', async () => {
  await writeFile(
    join(project, 'twice.js'),
    "import './node_modules/djinn/lib/element.js'; import './copy/element.js'\n",
  )
  await cp(join(project, 'node_modules/djinn/lib'), join(project, 'copy'), { recursive: true })
  await writeFile(
    join(project, 'element.html'),
    `<!doctype html><title>element</title><script type="module" src="twice.js"></script>
     <djinn-world src="public/platformer" prompt="public/platformer/prompts/snow.png"></djinn-world><input aria-label="note">`,
  )
  const [, policy] = /^ {4}(default-src 'none'.*)$/m.exec(EMBEDDING)!
  const looks: unknown[] = []
  for (const csp of [undefined, policy]) {
    const server = await plainServer(project, csp)
    const complaints: string[] = []
    const page = await (await browser.newContext()).newPage()
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    await page.goto(`${server.address}/element.html`)
    const element = page.locator('djinn-world')
    const look = () =>
      element.evaluate(host => {
        const canvas = host.shadowRoot!.querySelector('canvas')!
        const { backgroundColor, imageRendering, aspectRatio, inlineSize } = getComputedStyle(canvas)
        const { x, y, width, height } = host.getBoundingClientRect()
        return [backgroundColor, imageRendering, aspectRatio, inlineSize, x, y, width, height]
      })
    await element.evaluate(
      host => new Promise(resolve => host.addEventListener('frame', resolve, { once: true })),
      undefined,
      { timeout: 0 },
    )
    looks.push(await look())
    await page.locator('input').pressSequentially('a d')
    expect(await page.locator('input').inputValue()).toBe('a d')
    expect(complaints).toEqual([])
    server.close()
    await page.context().close()
  }
  expect(looks[1]).toEqual(looks[0])
})

test('imported during server-side rendering it does nothing and throws nothing', () => {
  const code = `for (const entry of ['djinn', 'djinn/element', 'djinn/remote']) console.log(Object.keys(await import(entry)).length > 0)`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: project,
    encoding: 'utf8',
  })
  expect([status, stdout, stderr]).toEqual([0, 'true\ntrue\ntrue\n', ''])
})

test('the types bring every name of WebGPU that they use, for a TypeScript that has none', async () => {
  const folder = join(project, 'node_modules/djinn/lib/types')
  const used = new Set<string>()
  for (const path of await readdir(folder, { recursive: true }))
    if (path.startsWith('src') && path.endsWith('.d.ts'))
      for (const [name] of (await readFile(join(folder, path), 'utf8')).matchAll(/\bGPU[A-Z]\w+/g)) used.add(name)
  const global = await readFile(join(folder, 'src/gpu/device.d.ts'), 'utf8')
  expect([...used].filter(name => !global.includes(`interface ${name} {`))).toEqual([])
})

test('TypeScript finds the package’s types', async () => {
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2023',
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
  }
  const compiles = async (file: string) => {
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    return spawnSync(process.execPath, [tsc], { cwd: project, encoding: 'utf8' }).stdout
  }
  expect(await compiles('main.ts')).toBe('')
  await writeFile(join(project, 'wrong.ts'), "import { World } from 'djinn'\nvoid World.load(7)\n")
  expect(await compiles('wrong.ts')).toContain("'number' is not assignable to parameter of type")
})

interface Chunk {
  fileName: string
  code?: string
  imports?: string[]
}

/** Chunks and all that they import statically. */
function withImports(all: readonly Chunk[], chunks: readonly Chunk[]): Chunk[] {
  const names = new Set(chunks.flatMap(({ fileName, imports = [] }) => [fileName, ...imports]))
  const found = all.filter(({ fileName }) => names.has(fileName))
  return found.length === chunks.length ? found : withImports(all, found)
}

test('the engine is at most 40 KiB, gzipped', async () => {
  const library = join(project, 'node_modules/djinn/lib')
  const sizes: Record<string, number> = {}
  for (const [name, entry] of Object.entries({
    engine: 'djinn.js',
    World: 'djinn.js',
    element: 'element.js',
    remote: 'remote.js',
    worker: 'worker.js',
  })) {
    const what = name === 'World' ? 'export { World }' : 'export *'
    await writeFile(join(project, `${name}.js`), `${what} from ${JSON.stringify(join(library, entry))}\n`)
    const lib = { entry: join(project, `${name}.js`), formats: ['es' as const] }
    const output = await build({
      root: project,
      configFile: false,
      logLevel: 'error',
      build: { lib, write: false, minify: true, rolldownOptions: { output: { chunkFileNames: '[name].js' } } },
    })
    const [{ output: chunks }] = output as { output: Chunk[] }[]
    // What is fetched later, and only if it is needed: validation, autotuning, and families of other people's models.
    const loaded = withImports(chunks, [chunks[0]!])
    // Comments with paths, like hashed names, would make the size depend on the folder's name.
    const code = loaded.map(chunk => chunk.code ?? '').join('')
    sizes[name] = gzipSync(code.replace(/^\/\/#(end)?region.*\n/gm, ''), { level: 9 }).length
  }
  console.log('gzipped bytes:', sizes, `tarball: ${packed.size}`)
  expect(sizes.engine).toBeLessThanOrEqual(MOST_ENGINE)
  expect(sizes.World).toBeLessThan(sizes.engine!)
})

test('holds the library, a world to play, and nothing else', async () => {
  const folders = new Set(packed.files.map(({ path }) => path.split('/')[0]))
  expect([...folders].sort()).toEqual(['LICENSE', 'README.md', 'bin', 'lib', 'package.json', 'weights'])
  expect(packed.files.filter(({ path }) => path.endsWith('.safetensors')).map(({ path }) => path)).toEqual([
    'weights/platformer/dynamics.safetensors',
    'weights/platformer/tokenizer.safetensors',
  ])
  const manifest = JSON.parse(await readFile(join(project, 'node_modules/djinn/package.json'), 'utf8'))
  expect(manifest.dependencies).toBeUndefined()
  for (const { path } of packed.files.filter(({ path }) => path.endsWith('.js') && path.startsWith('lib/'))) {
    const code = await readFile(join(project, 'node_modules/djinn', path), 'utf8')
    const imports = [...code.matchAll(/\bfrom\s*"([^"]+)"/g)].map(([, name]) => name!)
    expect(imports.filter(name => !name.startsWith('./'))).toEqual([])
  }
})
