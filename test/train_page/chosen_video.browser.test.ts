// A video that is chosen while another is being analysed, or after a training has begun.

import { afterEach, expect, test, vi } from 'vitest'
import { ClipFileWriter, trainedSettings } from '../../src/train_page/clip_file.ts'
import { ProposalPanel } from '../../src/train_page/proposal_panel.ts'
import { TrainingHost } from '../../src/train_page/training_host.ts'
import { VideoInput } from '../../src/train_page/video_input.ts'
import { CLIP_LENGTH } from '../../src/training/presets.ts'
import { type Plan, Project } from '../../src/ui/project.ts'
import page from '../../train.html?raw'
import { smallConfig } from '../helpers/random_model.ts'

afterEach(() => vi.restoreAllMocks())

function drop(name: string): void {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File(['video'], name))
  document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
}

test('the analysis of an earlier video neither ends that of the newest nor tells its error', async () => {
  const card = new DOMParser().parseFromString(page, 'text/html').querySelector<HTMLElement>('#video')!
  const [onEnded, onError, ignored] = [vi.fn(), vi.fn(), () => undefined]
  const looks: { name: string; end(): void; fail(error: Error): void }[] = []
  const inside = VideoInput.prototype as unknown as { import(): Promise<boolean> }
  vi.spyOn(inside, 'import').mockResolvedValue(true)
  vi.spyOn(ProposalPanel.prototype, 'look').mockImplementation(
    ({ name }) => new Promise((end, fail) => void looks.push({ name, end, fail })),
  )
  const input = new VideoInput(card, await Project.open(), {
    trainedSettings: () => undefined,
    onImport: ignored,
    onImported: ignored,
    onEnded,
    onError,
  })
  for (const [i, name] of ['first.mp4', 'second.mp4', 'third.mp4'].entries()) {
    drop(name)
    await expect.poll(() => looks.map(look => look.name)[i]).toBe(name)
  }
  looks[0]!.fail(new Error('superseded'))
  looks[1]!.end()
  await new Promise(resolve => setTimeout(resolve))
  expect([input.isBusy, onEnded.mock.calls, onError.mock.calls]).toEqual([true, [], []])
  looks[2]!.end()
  await expect.poll(() => input.isBusy).toBe(false)
  expect([onEnded.mock.calls.length, onError.mock.calls]).toEqual([1, []])
})

/** A training of the part at (3, 5) of a video. */
const plan = (width: number): Plan => ({
  size: 'nano',
  minutes: { tokenizer: 1, latent_action: 1, dynamics: 1 },
  config: Object.assign(smallConfig({ frame: { height: 24, width, rate: 20 } }), { video: { crop: [3, 5, 96, 48] } }),
})

test('a video that is chosen for a training that has begun is read as that training takes it', async () => {
  const card = new DOMParser().parseFromString(page, 'text/html').querySelector<HTMLElement>('#video')!
  const ignored = () => undefined
  const inside = VideoInput.prototype as unknown as { import(...given: unknown[]): Promise<boolean> }
  const read = vi.spyOn(inside, 'import').mockResolvedValue(true)
  const look = vi.spyOn(ProposalPanel.prototype, 'look')
  const events = { onImport: ignored, onImported: ignored, onEnded: ignored, onError: ignored }
  new VideoInput(card, await Project.open(), { trainedSettings: () => trainedSettings(plan(48)), ...events })
  const chosen = new DataTransfer()
  chosen.items.add(new File(['video'], 'again.mp4'))
  const input = card.querySelector<HTMLInputElement>('#file')!
  input.files = chosen.files
  input.dispatchEvent(new Event('change'))
  expect(read.mock.lastCall![2]).toEqual({
    frame: { height: 24, width: 48, rate: 20 },
    codes: plan(48).config.tokenizer.codes,
    crop: { x: 3, y: 5, width: 96, height: 48 },
  })
  expect(look).not.toHaveBeenCalled()
})

test('a training refuses clips of frames of another size', async () => {
  const project = await Project.open()
  await project.clear()
  const frame = { height: 24, width: 24, rate: 10 }
  const writer = await ClipFileWriter.open(project, { frame })
  await writer.append({ frames: new Uint8Array(CLIP_LENGTH * 24 * 24 * 3) })
  await writer.finish('small.mp4')
  await project.setPlan(plan(48))
  await expect(new TrainingHost().train(() => undefined)).rejects.toThrow(
    /^This training has frames of 48×24 pixels, and the stored video has 24×24: /,
  )
})
