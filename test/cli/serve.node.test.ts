// `djinn serve`: files with the right headers, and nothing else of the machine.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONTENT_SECURITY_POLICY, staticServer } from '../../src/cli/static_server.ts'
import { DJINN, djinn, ROOT, scratch } from './run.ts'

const folder = scratch()
const site = join(folder, 'site')
const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
const server = staticServer([
  { path: '/world/', folder: join(ROOT, 'test/golden/tiny') },
  { path: '/', folder: site },
])
let origin: string

beforeAll(async () => {
  mkdirSync(join(site, 'assets'), { recursive: true })
  mkdirSync(join(site, 'docs'))
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(site, 'index.html'), '<p>home')
  writeFileSync(join(site, '.env'), 'secret')
  writeFileSync(join(site, 'docs/index.html'), '<p>docs')
  writeFileSync(join(site, 'assets/page-a1B2c3D4.js'), '1')
  writeFileSync(join(site, 'weights.safetensors'), BYTES)
  symlinkSync(join(folder, 'secret.txt'), join(site, 'link.txt'))
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${origin}${path}`, { headers, method, redirect: 'manual' })
const header = async (path: string, name: string) => (await ask(path)).headers.get(name)

test('types, a policy on pages alone, and every origin may read', async () => {
  expect(await header('/', 'content-type')).toBe('text/html; charset=utf-8')
  expect(await header('/', 'content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
  expect(await header('/world/config.json', 'content-type')).toBe('application/json')
  expect(await header('/weights.safetensors', 'content-type')).toBe('application/octet-stream')
  expect(await header('/weights.safetensors', 'content-security-policy')).toBe(null)
  for (const name of ['access-control-allow-origin', 'x-content-type-options', 'accept-ranges'])
    expect(await header('/weights.safetensors', name)).toMatch(/^(\*|nosniff|bytes)$/)
  const preflight = await ask('/weights.safetensors', {}, 'OPTIONS')
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-headers')).toContain('If-Range')
})

test('hashed names are kept for ever, the rest is asked for again and is not sent again', async () => {
  expect(await header('/assets/page-a1B2c3D4.js', 'cache-control')).toContain('immutable')
  expect(await header('/weights.safetensors', 'cache-control')).toBe('no-cache')
  const etag = (await header('/weights.safetensors', 'etag'))!
  const again = await ask('/weights.safetensors', { 'if-none-match': etag })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect((await ask('/weights.safetensors', { 'if-none-match': '"other"' })).status).toBe(200)
})

test.each([
  ['bytes=10-19', 206, 10, 20],
  ['bytes=990-', 206, 990, 1000],
  ['bytes=-5', 206, 995, 1000],
  ['bytes=990-2000', 206, 990, 1000],
  ['bytes=0-1,5-6', 200, 0, 1000],
  ['lines=1-2', 200, 0, 1000],
])('the range %s', async (range, status, from, to) => {
  const part = await ask('/weights.safetensors', { range })
  expect(part.status).toBe(status)
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(BYTES.subarray(from, to))
  if (status === 206) expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/1000`)
})

test('a range past the end is refused, and one of a file that has changed is the whole file', async () => {
  expect((await ask('/weights.safetensors', { range: 'bytes=1000-' })).status).toBe(416)
  const changed = await ask('/weights.safetensors', { range: 'bytes=10-19', 'if-range': '"older"' })
  expect([changed.status, (await changed.arrayBuffer()).byteLength]).toEqual([200, 1000])
})

test('a folder is its index.html, and gets its slash by a relative redirect', async () => {
  expect(await (await ask('/docs/')).text()).toBe('<p>docs')
  const { status, headers } = await ask('/docs?a=1')
  expect([status, headers.get('location')]).toEqual([301, './docs/?a=1'])
})

/** As it stands: `fetch` would resolve the dots. */
const raw = async (path: string) => {
  const [response] = await once(get(`${origin}`, { path } as never), 'response')
  response.resume()
  return response.statusCode
}

test('nothing outside the folder and nothing hidden is served, and nothing is written', async () => {
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/link.txt',
    '/.env',
    '/none',
    '/%ff',
  ])
    expect([path, await raw(path)]).toEqual([path, 404])
  expect((await ask('/', {}, 'PUT')).status).toBe(405)
  const head = await ask('/weights.safetensors', {}, 'HEAD')
  expect([head.headers.get('content-length'), (await head.arrayBuffer()).byteLength]).toEqual(['1000', 0])
})

test('what is no world and no site, or no port, is refused in one sentence', () => {
  expect(djinn(['serve', join(site, 'assets')])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/has neither the config\.json of a world nor the index\.html of a site/),
  })
  expect(djinn(['serve', site, '--port', '99999']).err).toMatch(/--port is 99999, expected/)
})

test('the command says where the world is, serves it, and stops when told', async () => {
  const child: ChildProcess = spawn(process.execPath, [DJINN, 'serve', join(ROOT, 'test/golden/tiny'), '--port', '0'])
  let said = ''
  child.stdout!.on('data', text => (said += text))
  await expect.poll(() => said).toMatch(/Ctrl\+C/)
  const [, address] = /World\.load\('(.*?)'\)/.exec(said)!
  expect((await (await fetch(`${address}config.json`)).json()).format).toBe('genie-1')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
