// Training a world in the tab, from the built-in game to playing it, with a lost device, a killed tab and a non-finite step. Each test
// continues where the previous one ended.

import { unzipSync } from 'fflate'
import type { BrowserContext, Page } from 'playwright'
import { beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { dynamicsTensors } from '../../src/model/dynamics.ts'
import { latentActionTensors } from '../../src/model/latent_action.ts'
import { tokenizerTensors } from '../../src/model/tokenizer.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { keep } from '../helpers/browser_page.ts'
import { PATIENCE, picture, servePage, visit } from '../play_page/open_play_page.ts'
import { card, checkpoint, letImport, opened, TRAIN, takeGame, train, trainer } from './open_train_page.ts'

servePage()

let context: BrowserContext
let page: Page
let complaints: string[]
let address: string

beforeAll(async () => {
  ;({ page, complaints } = await visit({ address: TRAIN }))
  context = page.context()
  address = page.url()
  await trainerWithDevices(page)
})

/** Exposes the Worker's devices, and makes it write NaN into pixel weights while `poisoned` is set. */
async function trainerWithDevices(page: Page): Promise<void> {
  await (await trainer(page)).evaluate(() => {
    const devices: GPUDevice[] = []
    const request = GPUAdapter.prototype.requestDevice
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await request.call(this, descriptor)
      devices.push(device)
      return device
    }
    const write = GPUQueue.prototype.writeBuffer
    GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...range) {
      if ('poisoned' in globalThis && buffer.label === 'pixel weights') (data as Float32Array)[70] = Number.NaN
      return write.call(this, buffer, offset, data as BufferSource, ...range)
    }
    Object.assign(globalThis, { devices })
  })
}

test('the memory of a training step is shown before training', async () => {
  const line = () => page.textContent('#memory-line')
  await expect
    .poll(line, PATIENCE)
    .toMatch(/^A training step takes: tokenizer \d+ MiB, latent actions \d+ MiB, dynamics \d+ MiB\./)
  // Three frames, their patches and the saved activations take at least this.
  for (const [, mebibytes] of (await line())!.matchAll(/(\d+) MiB/g)) expect(Number(mebibytes)).toBeGreaterThan(3)
  await expect.poll(() => page.textContent('#needs-small'), PATIENCE).toMatch(/\d+ MiB on the GPU/)
  expect(await page.isEnabled('#start')).toBe(false)
  expect(await page.textContent('#state-line')).toBe('Choose a video first.')
})

test('training on the built-in game starts, and its loss is shown', async () => {
  await takeGame(page)
  expect(await page.locator('#clips-strip canvas').count()).toBe(1)
  // Finding the codes would take minutes: those that are there are read.
  await letImport(page)
  await page.evaluate(async () => {
    const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
    const { emptyActionCodes } = await importSource<typeof import('../../test/helpers/action_codes.ts')>(
      '/test/helpers/action_codes.ts',
    )
    await (await Project.open()).codeStore.write(emptyActionCodes())
  })
  await train(page, { tokenizer: '0.7', latent_action: '0.05', dynamics: '0.4' })
  await checkpoint(page, 'tokenizer')
  expect(await page.locator('[data-component=tokenizer] .uplot canvas').count()).toBe(1)
  expect(await page.textContent('[data-component=tokenizer] .numbers')).toMatch(/^loss \d.* · PSNR \d+\.\d dB$/)
  expect(await page.textContent('[data-component=tokenizer] .line')).toMatch(
    /^step \d+ of \d+ · .* per second · .* left$/,
  )
})

test('a lost device is reported, and training continues from the last checkpoint', async () => {
  const before = await checkpoint(page, 'tokenizer')
  await (await trainer(page)).evaluate('devices.at(-1).destroy()')
  await expect
    .poll(() => page.textContent('#error'), PATIENCE)
    .toContain('device was lost. Training continues from the last')
  expect(await checkpoint(page, 'tokenizer', before)).toBeGreaterThan(before)
  expect(complaints).toEqual([])
})

test('a killed tab loses the steps since the last checkpoint, and no more', async () => {
  const { checkpoint: before } = await card(page, 'tokenizer')
  const session = await context.newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  void session.send('Page.crash').catch(() => undefined)
  await crashed
  await page.close()

  page = await context.newPage()
  page.setDefaultTimeout(PATIENCE.timeout)
  page.on('pageerror', error => complaints.push(error.message))
  await page.goto(address)
  await opened(page)
  await expect.poll(() => page.textContent('#start'), PATIENCE).toBe('Resume')
  const { state, step } = await card(page, 'tokenizer')
  expect(state).toBe('paused')
  expect(Number(step)).toBeGreaterThanOrEqual(Number(before))
  expect(await page.textContent('#clips-line')).toContain('The built-in game: 100 clips')
  await trainerWithDevices(page)
  await train(page)
  expect(await checkpoint(page, 'tokenizer', Number(step))).toBeGreaterThan(Number(step))
})

test('a non-finite step stops training and names step, tensor and last good checkpoint, from which it continues', async () => {
  await (await trainer(page)).evaluate('globalThis.poisoned = true')
  await expect.poll(() => page.textContent('#error'), PATIENCE).toContain('is not finite')
  const sentence = (await page.textContent('#error'))!
  expect(sentence).toMatch(
    /^step \d+: the gradient of .* is not finite, .*; the first such number is in pixel weights; the last good checkpoint is the tokenizer checkpoint in this browser, step \d+$/,
  )
  const named = Number(sentence.match(/step (\d+)$/)![1])
  await (await trainer(page)).evaluate('delete globalThis.poisoned')
  expect((await card(page, 'tokenizer')).step).toBe(String(named))
  expect(await page.textContent('[data-component=tokenizer] .next')).toBe(
    'This stage ended with an error. Press “Resume” to train from the last checkpoint; if it fails again at the same place, start over. The video stays.',
  )
  await train(page)
  expect(await page.isVisible('#error')).toBe(false)
})

test('pause stops training with a checkpoint, and it continues', async () => {
  await expect.poll(async () => (await card(page, 'tokenizer')).state, PATIENCE).toBe('training')
  await page.click('#pause')
  await expect.poll(() => page.textContent('#state-line'), PATIENCE).toContain('continues from the last checkpoint')
  // What is trained so far is offered as a world.
  expect([await page.isVisible('#play-open'), await page.isVisible('#untrained')]).toEqual([true, true])
  await train(page)
})

test('all three are trained: losses fell, and each has previews', async () => {
  for (const component of ['tokenizer', 'latent_action', 'dynamics']) {
    await expect.poll(async () => (await card(page, component)).state, PATIENCE).toBe('finished')
    expect(await page.locator(`[data-component=${component}] .preview canvas`).count()).toBeGreaterThan(1)
  }
  await expect.poll(() => page.textContent('#state-line'), PATIENCE).toBe('All three are trained.')
  expect(await page.isVisible('#untrained')).toBe(false)
  await letImport(page)
  for (const component of ['tokenizer', 'dynamics'] as const) {
    const losses = await page.evaluate(async name => {
      const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
      const notes = await (await Project.open()).checkpoints(name).metadata()
      return (JSON.parse(notes!.log!) as { loss: number }[]).map(({ loss }) => loss)
    }, component)
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length
    expect(mean(losses.slice(-3)), `${component}: ${losses}`).toBeLessThan(mean(losses.slice(0, 2)))
  }
  await keep(page, 'train_page/trained')
})

test('the world plays in the same tab, and its pixels depend on the key', async () => {
  await page.click('#play-open')
  const frames = async () => Number(await page.textContent('#frame'))
  await expect.poll(frames, PATIENCE).toBeGreaterThan(2)
  const seen = new Set<string>()
  for (const digit of ['0', '5']) {
    const from = await frames()
    await page.keyboard.down(digit)
    await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(digit)
    await expect.poll(frames, PATIENCE).toBeGreaterThan(from + 3)
    seen.add((await picture(page)).toString('base64'))
    await page.keyboard.up(digit)
  }
  expect(seen.size).toBe(2)
  await keep(page, 'train_page/played')
})

test('its download is a folder that the engine loads', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
  expect(download.suggestedFilename()).toBe('world.zip')
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
  const files = unzipSync(Buffer.concat(chunks))
  const config = parseConfig(new TextDecoder().decode(files['config.json']))
  const specs = {
    tokenizer: tokenizerTensors(config),
    latent_action: latentActionTensors(config),
    dynamics: dynamicsTensors(config),
  }
  for (const [component, tensors] of Object.entries(specs)) {
    const file = `${component}.safetensors`
    const found = await readSafetensors(bytesSource(file, files[file]!))
    expect([...found.tensors].map(([name, { shape }]) => [name, shape]).sort()).toEqual(
      tensors.map(({ name, shape }) => [name, shape]).sort(),
    )
  }
  expect(complaints).toEqual([])
})
