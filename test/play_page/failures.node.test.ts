// Failures: no WebGPU, no adapter, a lost device.

import { expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import {
  frame,
  KEYS,
  leave,
  PATIENCE,
  PHONE,
  picture,
  played,
  press,
  servePage,
  startOver,
  visit,
} from './open_play_page.ts'

servePage()

test('a lost device is reported, and the world comes back at the same frame', async () => {
  const keepDevices = () => {
    const devices: GPUDevice[] = []
    const request = GPUAdapter.prototype.requestDevice
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await request.call(this, descriptor)
      devices.push(device)
      return device
    }
    Object.assign(globalThis, { devices })
  }
  const { page } = await visit({ keys: KEYS, prepare: keepDevices })
  await played(page, 2)
  await startOver(page)
  for (const [i, key] of ['ArrowRight', 'ArrowUp', 'ArrowRight'].entries()) {
    await press(page, key, i + 2)
  }
  const before = await picture(page)
  await page.evaluate('devices[0].destroy()')
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/lost the graphics device/)
  await page.waitForFunction("devices.length === 2 && document.getElementById('cover').hidden")
  expect(await frame(page)).toBe(4)
  expect((await picture(page)).equals(before)).toBe(true)
  await press(page, 'ArrowUp', 5)
  expect((await picture(page)).equals(before)).toBe(false)
  await leave(page)
})

test('without WebGPU the page shows help, and the real game is played, by keys and touch', async () => {
  const withoutWebgpu = () => {
    Reflect.deleteProperty(Navigator.prototype, 'gpu')
  }
  const { page, complaints } = await visit({ prepare: withoutWebgpu })
  await expect.poll(() => page.isVisible('#help'), PATIENCE).toBe(true)
  expect(await page.textContent('#help-title')).toBe('This browser has no WebGPU.')
  expect(await page.textContent('#help-steps')).toContain('Chrome')
  await page.click('.tile:has-text("Dusk")')
  await expect
    .poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE)
    .toBe('The real game, from the picture Dusk')
  const ground = () =>
    page.locator('#view').evaluate(view => {
      const canvas = view as HTMLCanvasElement
      return canvas.getContext('2d')!.getImageData(0, 56, 64, 8).data.join()
    })
  const before = await ground()
  await page.keyboard.down('ArrowRight')
  await expect.poll(ground, PATIENCE).not.toBe(before)
  await page.keyboard.up('ArrowRight')
  await keep(page, 'play_page/without_webgpu')
  const still = await picture(page)
  await page.click('.tile:has-text("Chalk")')
  expect((await picture(page)).equals(still)).toBe(false)
  expect(complaints).toEqual([])

  const phone = await visit({ prepare: withoutWebgpu, context: PHONE })
  await expect.poll(() => phone.page.isVisible('.pads button[data-key=ArrowLeft]'), PATIENCE).toBe(true)
  expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(390)
})

test('at an address that is not secure, page and engine say so', async () => {
  const { page } = await visit({ address: '?model=nowhere/' })
  const served = new URL('/', page.url()).href
  await page.route('http://play.lan/**', async route => {
    await route.fulfill({
      response: await route.fetch({ url: route.request().url().replace('http://play.lan/', served) }),
    })
  })
  await page.goto('http://play.lan/')
  await expect.poll(() => page.isVisible('#help'), PATIENCE).toBe(true)
  expect(await page.textContent('#help-title')).toContain('This address is not secure')
  const support = "import('/src/index.ts').then(({ World }) => World.support('/test/golden/tiny/'))"
  expect(await page.evaluate(`${support}.then(({ problem }) => problem.message)`)).toBe(
    'this address is not secure, so the browser hides WebGPU: use https or localhost',
  )
  await leave(page)
})

test('without an adapter the page says so', async () => {
  const { page } = await visit({ prepare: () => Object.assign(GPU.prototype, { requestAdapter: async () => null }) })
  await expect.poll(() => page.isVisible('#help'), PATIENCE).toBe(true)
  expect(await page.textContent('#help-title')).toContain('no graphics adapter')
  // The screen is not black: it has a picture of the game.
  const colours = () =>
    page.locator('#view').evaluate(view => {
      const canvas = view as HTMLCanvasElement
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      return new Set(new Uint32Array(data.buffer)).size
    })
  await expect.poll(colours, PATIENCE).toBeGreaterThan(3)
})
