// A video that is chosen while another is being analysed: the newest counts.

import { afterEach, expect, test, vi } from 'vitest'
import { ProposalPanel } from '../../src/train_page/proposal_panel.ts'
import { VideoInput } from '../../src/train_page/video_input.ts'
import { Project } from '../../src/ui/project.ts'
import page from '../../train.html?raw'

afterEach(() => vi.restoreAllMocks())

function drop(name: string): void {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File(['video'], name))
  document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
}

test('the analysis of an earlier video neither ends that of the newest nor tells its error', async () => {
  const card = new DOMParser().parseFromString(page, 'text/html').querySelector<HTMLElement>('#video')!
  const [onLooked, onError, ignored] = [vi.fn(), vi.fn(), () => undefined]
  const looks: { name: string; end(): void; fail(error: Error): void }[] = []
  const inside = VideoInput.prototype as unknown as { import(): Promise<boolean> }
  vi.spyOn(inside, 'import').mockResolvedValue(true)
  vi.spyOn(ProposalPanel.prototype, 'look').mockImplementation(
    ({ name }) => new Promise((end, fail) => void looks.push({ name, end, fail })),
  )
  const input = new VideoInput(card, await Project.open(), {
    onImport: ignored,
    onImported: ignored,
    onLooked,
    onError,
  })
  for (const [i, name] of ['first.mp4', 'second.mp4', 'third.mp4'].entries()) {
    drop(name)
    await expect.poll(() => looks.map(look => look.name)[i]).toBe(name)
  }
  looks[0]!.fail(new Error('superseded'))
  looks[1]!.end()
  await new Promise(resolve => setTimeout(resolve))
  expect([input.isBusy, onLooked.mock.calls, onError.mock.calls]).toEqual([true, [], []])
  looks[2]!.end()
  await expect.poll(() => input.isBusy).toBe(false)
  expect([onLooked.mock.calls.length, onError.mock.calls]).toEqual([1, []])
})
