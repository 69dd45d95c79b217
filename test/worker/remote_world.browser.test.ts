// A world in a Worker beside the same world on this thread: the same script gives the same bytes.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArgumentError } from '../../src/gpu/errors.ts'
import { FormatError } from '../../src/weights/format_error.ts'
import { RemoteWorld } from '../../src/worker/remote_world.ts'
import { World } from '../../src/world/world.ts'

const MODEL = '/test/golden/tiny/'

let worker: Worker
let here: World
let remote: RemoteWorld
let picture: HTMLCanvasElement
beforeAll(async () => {
  worker = new Worker(new URL('../../src/worker/host.ts', import.meta.url), { type: 'module' })
  here = await World.load(MODEL, { seed: 5 })
  remote = await RemoteWorld.load(worker, MODEL, { seed: 5 })
  picture = document.createElement('canvas')
  Object.assign(picture, { width: 90, height: 70 })
  const context = picture.getContext('2d')!
  for (let i = 0; i < 9; i++) {
    context.fillStyle = `hsl(${40 * i} 70% 50%)`
    context.fillRect(10 * i, 0, 10, 8 * i)
  }
})
afterAll(() => {
  here.dispose()
  remote.dispose()
  worker.terminate()
})

/** An embedder's code for either kind of world. */
async function script(world: World | RemoteWorld): Promise<unknown[]> {
  const seen: unknown[] = [world.actions, world.config, world.sampling, world.frame]
  await world.prompt(picture)
  seen.push(world.frame, await world.read(), await world.promptTokens())
  for (const action of [0, 1, 2]) {
    await world.ready
    seen.push(world.step(action), await world.tokens())
  }
  const moment = await world.save()
  const twin = await world.fork()
  for (const [branch, action] of [
    [world, 1],
    [twin, 2],
  ] as const) {
    branch.sampling.temperature = 0.5
    await branch.ready
    branch.step(action)
    seen.push(branch.frame, await branch.read())
  }
  await world.restore(moment)
  seen.push(world.frame, await world.tokens(), await world.recording())
  moment.dispose()
  const shown: number[] = []
  await twin.replay(await world.recording(), () => shown.push(twin.frame))
  seen.push(shown, await twin.tokens())
  twin.dispose()
  return seen
}

test('a script gives the same bytes as with a World', async () => {
  expect(await script(remote)).toEqual(await script(here))
})

test('a prompt may be several pictures, pixels, a Blob or tokens', async () => {
  const { width, height } = here.config.frame
  const data = new Uint8Array(4 * width * height).fill(99)
  const blob = await new Promise<Blob>(resolve => picture.toBlob(b => resolve(b!)))
  for (const prompt of [[picture, picture], { width, height, data }, blob, here.promptTokens()]) {
    await here.prompt(prompt)
    await remote.prompt(prompt)
    expect(await remote.read()).toEqual(await here.read())
  }
})

test('draws on a canvas of the page, and another world of the Worker draws on it next', async () => {
  await remote.prompt(picture)
  const { width, height } = here.config.frame
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  document.body.append(canvas)
  const pixels = () => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!
    copy.drawImage(canvas, 0, 0)
    return copy.getImageData(0, 0, canvas.width, canvas.height).data
  }
  const worst = async (world = remote) => {
    const [drawn, expected] = [pixels(), await world.read()]
    return Math.max(...expected.map((v, i) => Math.abs(v - drawn[i]!)))
  }
  remote.draw(canvas)
  await expect.poll(() => worst()).toBeLessThanOrEqual(1)
  await remote.ready
  remote.step(3)
  remote.draw(canvas)
  await expect.poll(() => worst()).toBeLessThanOrEqual(1)
  const twin = await remote.fork()
  await twin.prompt({ width, height, data: new Uint8Array(4 * width * height).fill(200) })
  twin.draw(canvas)
  await expect.poll(() => worst(twin)).toBeLessThanOrEqual(1)
  twin.dispose()
  const taken = document.createElement('canvas')
  taken.getContext('2d')
  expect(() => remote.draw(taken)).toThrow('the canvas has a context already: use a canvas without one')
})

test('never has more than two frames in flight', async () => {
  await remote.prompt(picture)
  expect([remote.step(0), remote.step(0), remote.step(0)]).toEqual([true, true, false])
  await remote.ready
  expect(remote.step(0)).toBe(true)
})

describe('an error', () => {
  test('is thrown on this side where it is known, in the same words', () => {
    expect(() => remote.step(99)).toThrow(/^action 99 is out of range/)
    expect(() => remote.actionFor('x')).toThrow(/^this world does not bind the key "x"/)
  })

  test('in the Worker keeps its class, its code and its sentence', async () => {
    const missing = RemoteWorld.load(worker, '/test/golden/none/')
    await expect(missing).rejects.toThrow(
      new FormatError(`${location.origin}/test/golden/none/config.json could not be fetched: status 404`, 'fetch'),
    )
    await expect(remote.prompt(new Int32Array(3))).rejects.toThrow(ArgumentError)
  })

  test('an abort stops a load, with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('the player left')
    const onProgress = (loaded: number) => loaded > 1000 && controller.abort(reason)
    await expect(RemoteWorld.load(worker, MODEL, { signal: controller.signal, onProgress })).rejects.toBe(reason)
    await expect(RemoteWorld.load(worker, MODEL, { signal: controller.signal })).rejects.toBe(reason)
  })

  test('after dispose all calls say so, and other worlds of the Worker continue', async () => {
    const gone = await remote.fork()
    gone.dispose()
    gone.dispose()
    expect(() => gone.step(0)).toThrow('the world has been disposed of')
    await expect(gone.read()).rejects.toThrow('the world has been disposed of')
    expect(await remote.read()).toBeInstanceOf(Uint8ClampedArray)
  })

  test('a Worker whose script is missing rejects the load at once', async () => {
    const missing = new Worker('/none.js', { type: 'module' })
    await expect(RemoteWorld.load(missing, MODEL)).rejects.toThrow(/^the Worker did not start: /)
  })

  test('a Worker that is terminated before it has started, or aborted while its script is fetched, rejects the load at once', async () => {
    // A module whose import never ends: the Worker answers nothing.
    const script = URL.createObjectURL(new Blob(['await new Promise(() => undefined)'], { type: 'text/javascript' }))
    const silent = () => new Worker(script, { type: 'module' })
    const terminated = silent()
    const load = RemoteWorld.load(terminated, MODEL)
    terminated.terminate()
    await expect(load).rejects.toThrow('the Worker has ended: load the world again')
    const controller = new AbortController()
    const reason = new Error('the player left')
    const worker = silent()
    const aborted = RemoteWorld.load(worker, MODEL, { signal: controller.signal })
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    worker.terminate()
  })

  test('a Worker that closes itself ends every call of its worlds', async () => {
    const host = new URL('../../src/worker/host.ts', import.meta.url).href
    const code = `import ${JSON.stringify(host)}; addEventListener('message', ({ data }) => data === 'close' && close())`
    const script = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
    const doomed = new Worker(script, { type: 'module' })
    const world = await RemoteWorld.load(doomed, MODEL)
    doomed.postMessage('close')
    await expect(world.prompt(picture).then(() => world.read())).rejects.toThrow(/the Worker has ended/)
  })

  test('an invalid address is refused as by World', async () => {
    for (const address of ['http://', 'blob:http://localhost/1'])
      await expect(RemoteWorld.load(worker, address)).rejects.toMatchObject({ name: 'FormatError' })
  })

  test('a Worker that is terminated ends every call of its worlds', async () => {
    const doomed = new Worker(new URL('../../src/worker/host.ts', import.meta.url), { type: 'module' })
    const world = await RemoteWorld.load(doomed, MODEL)
    await world.prompt(picture)
    for (const action of [0, 1]) world.step(action)
    const pending = [world.read(), world.tokens(), world.save()]
    const ready = world.ready
    const load = RemoteWorld.load(doomed, MODEL)
    doomed.terminate()
    for (const call of [...pending, load]) await expect(call).rejects.toThrow(/the Worker has ended/)
    await ready
    expect(() => world.step(0)).toThrow('the Worker has ended: load the world again')
    world.dispose()
  })
})
