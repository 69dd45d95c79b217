// What the training page proposes for a video: the rectangle without black bars, frame size and rate, codes; and that clips are taken so.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scratch } from '../cli/run.ts'
import { keep } from '../helpers/browser_page.ts'
import { leave, PATIENCE, servePage, visit } from '../play_page/open_play_page.ts'
import { letImport, opened, TRAIN } from './open_train_page.ts'

servePage()

const FOLDER = scratch()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ address: TRAIN }))
  await opened(page)
  await letImport(page)
})
afterAll(() => leave(page))

/** The proposed codes of the tokenizer. */
let codes: number
const value = (field: string) => page.inputValue(`#proposal-${field}`).then(Number)
const clipsLine = () => page.textContent('#clips-line')

describe.runIf(spawnSync('ffmpeg', ['-version']).status === 0)('with ffmpeg:', () => {
  beforeAll(() => {
    // Six seconds of a test picture that moves, one of black, four of another that moves; black bars left and right of all.
    const [one, other] = [6, 4].map(
      (seconds, i) => `testsrc2=size=192x192:rate=20:duration=${seconds}${i === 0 ? '' : ',hflip,negate'}`,
    )
    const graph = `${one}[a];color=black:size=192x192:rate=20:duration=1[b];${other}[c];[a][b][c]concat=n=3,pad=288:192:48:0`
    const path = join(FOLDER, 'bars.webm')
    const codec = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '2M', '-pix_fmt', 'yuv420p']
    const made = spawnSync('ffmpeg', ['-v', 'error', '-y', '-filter_complex', graph, ...codec, path], {
      encoding: 'utf8',
    })
    expect(made.stderr).toBe('')
  })

  test('a chosen video is taken as it is, looked at, and a rectangle without its bars is proposed', async () => {
    const buffer = readFileSync(join(FOLDER, 'bars.webm'))
    await page.setInputFiles('#file', { name: 'bars.webm', mimeType: 'video/webm', buffer })
    await expect.poll(clipsLine, PATIENCE).toBe('bars.webm: 4 clips of 24 frames, 10 s at 10 frames per second.')
    await expect.poll(() => page.isEnabled('#proposal-take'), PATIENCE).toBe(true)
    const reasons = await page.textContent('#proposal-reasons')
    expect(reasons).toMatch(/black bars: left \d+ %, right \d+ %/)
    codes = Number(/tokens 64 per frame, of patches of 8×8 pixels; (\d+) codes: about/.exec(reasons!)?.[1])
    expect([128, 256, 512]).toContain(codes)
    expect(Math.abs((await value('x')) - 48)).toBeLessThanOrEqual(4)
    expect(Math.abs((await value('width')) - 192)).toBeLessThanOrEqual(8)
    expect([await value('frame-width'), await value('frame-height')]).toEqual([64, 64])
    await keep(page, 'train_page/proposal')
  })

  test('a rectangle is dragged, numbers out of range are named', async () => {
    const box = (await page.locator('#proposal-view').boundingBox())!
    const at = (x: number, y: number) => [box.x + (x / 288) * box.width, box.y + (y / 192) * box.height] as const
    await page.mouse.move(...at(60, 0))
    await page.mouse.down()
    await page.mouse.move(...at(204, 96))
    await page.mouse.up()
    for (const [field, expected] of Object.entries({ x: 60, y: 0, width: 144, height: 96 }))
      expect(Math.abs((await value(field)) - expected), field).toBeLessThanOrEqual(2)
    await page.fill('#proposal-frame-width', '70')
    await page.click('#proposal-take')
    expect(await page.textContent('#proposal-line')).toBe('Frame width: enter 32 to 160, a multiple of 16.')
  })

  test('taken so, the clips have the size and rate, and none spans the black', async () => {
    for (const [field, text] of Object.entries({ 'frame-width': '96', 'frame-height': '64', rate: '8' }))
      await page.fill(`#proposal-${field}`, text)
    await page.click('#proposal-take')
    // The test picture jumps at times, which ends a scene.
    await expect
      .poll(clipsLine, PATIENCE)
      .toMatch(/^bars\.webm: [1-3] clips? of 24 frames, \d s at 8 frames per second\.$/)
    await expect.poll(() => page.textContent('#proposal-line'), PATIENCE).toMatch(/1\.\d s of blank pictures/)
    await expect
      .poll(() => page.locator('#left-out li').allTextContents(), PATIENCE)
      .toEqual(expect.arrayContaining([expect.stringMatching(/^0:\d\d\.\d to 0:\d\d\.\d, blank pictures$/)]))
    expect(await page.getAttribute('#left-out canvas', 'aria-label')).toMatch(/^Left out: \d frames$/)
    await page.waitForFunction("document.querySelector('#start').disabled === false", undefined, {
      timeout: PATIENCE.timeout,
    })
    const found = await page.evaluate(async () => {
      const { ClipFile } =
        await importSource<typeof import('../../src/train_page/clip_file.ts')>('/src/train_page/clip_file.ts')
      const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
      const file = (await ClipFile.open(await Project.open()))!
      const darkest = []
      for (let clip = 0; clip < file.clips; clip++)
        for (let t = 0; t < file.length; t++) {
          const frame = await file.frames(clip, t, 1)
          darkest.push(frame.reduce((a, b) => a + b, 0) / frame.length)
        }
      return { settings: file.settings, darkest: Math.min(...darkest) }
    })
    expect(found.settings).toMatchObject({ frame: { width: 96, height: 64, rate: 8 }, codes })
    expect(Math.abs(found.settings.crop!.width - 144)).toBeLessThanOrEqual(2)
    expect(found.darkest).toBeGreaterThan(30)
    await keep(page, 'train_page/proposal_taken')
  })

  test('a training of it has frames of that size, says where in the video they come from, and ends with keys', async () => {
    await page.check('input[value=nano]')
    await expect
      .poll(() => page.textContent('#quality-line'), PATIENCE)
      .toMatch(
        /^The steps of two documented trainings take here: tokenizer \d.* \(28\.8 dB\), .*, dynamics \d.* \(Δ₄PSNR 2\.7 dB\)/,
      )
    for (const component of ['tokenizer', 'latent_action', 'dynamics']) await page.fill(`#minutes-${component}`, '0.05')
    // Finding the codes would take minutes: those that are there are read.
    await page.evaluate(async () => {
      const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
      const { emptyActionCodes } = await importSource<typeof import('../helpers/action_codes.ts')>(
        '/test/helpers/action_codes.ts',
      )
      await (await Project.open()).codeStore.write(emptyActionCodes())
    })
    await page.click('#start')
    const config = () =>
      page.evaluate(async () => {
        const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
        return (await (await Project.open()).plan())?.config as unknown as Record<string, unknown> | undefined
      })
    await expect.poll(config, PATIENCE).toMatchObject({
      frame: { width: 96, height: 64, rate: 8 },
      tokenizer: { codes },
      video: { crop: [expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number)] },
    })
    const state = () => page.getAttribute('.component-card[data-component=tokenizer]', 'data-state')
    await expect.poll(state, PATIENCE).toBe('finished')
    // Its pictures have the frame's shape.
    const [width, height] = await page
      .locator('.component-card[data-component=tokenizer] .preview canvas')
      .first()
      .evaluate(canvas => [(canvas as HTMLCanvasElement).width, (canvas as HTMLCanvasElement).height])
    expect([width, height]).toEqual([6 * 98 - 2, 64])
    // Without labels its keys are found by play: no key for the action that changes least, and words for each.
    await expect.poll(() => page.textContent('#state-line'), PATIENCE).toBe('All three are trained.')
    const found = {
      keys: { '': expect.any(Number) },
      actions: Array(8).fill(expect.stringMatching(/still|like|scrolls|goes|rises|falls/)),
    }
    expect(await config()).toMatchObject(found)
    // As if the tab had been closed while it played: the starting points that were measured are kept.
    const moments = (drop: number) =>
      page.evaluate(async drop => {
        const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
        const project = await Project.open()
        const kept = JSON.parse(await (await project.file('measured_actions.json'))!.text())
        if (drop === 0) return kept.moments
        kept.moments.length -= drop
        await project.write('measured_actions.json', JSON.stringify(kept))
        const plan = (await project.plan())!
        delete plan.config.keys
        delete plan.advice!.dynamics
        await project.setPlan(plan)
        return kept.moments
      }, drop)
    const kept = await moments(1)
    await page.reload()
    await opened(page)
    await letImport(page)
    await page.click('#start')
    await expect.poll(() => page.textContent('#state-line'), PATIENCE).toBe('All three are trained.')
    expect(await config()).toMatchObject(found)
    expect((await moments(0)).slice(0, kept.length)).toEqual(kept)
    expect(await moments(0)).toHaveLength(kept.length + 1)
    expect(complaints).toEqual([])
  })

  test('a video in which nothing moves is refused with that reason', async () => {
    const path = join(FOLDER, 'still.webm')
    const source = ['-f', 'lavfi', '-i', 'smptebars=size=96x64:rate=10:duration=8', '-c:v', 'libvpx-vp9']
    expect(spawnSync('ffmpeg', ['-v', 'error', '-y', ...source, path]).status).toBe(0)
    await page.setInputFiles('#file', { name: 'still.webm', mimeType: 'video/webm', buffer: readFileSync(path) })
    await expect.poll(() => page.textContent('#proposal-reasons'), PATIENCE).toContain('no motion was found')
    await page.click('#proposal-take')
    await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/^Nothing moves in most of still\.webm, and/)
  })
})
