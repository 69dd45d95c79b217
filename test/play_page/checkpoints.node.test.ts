// Other people's checkpoints, dropped on the play page: they become a world and are played.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { leave, PATIENCE, played, servePage, tab, visit } from './open_play_page.ts'

servePage()

const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url))
const FILES = [
  'tinyworlds/tiny/tiny_dynamics_step_7500_2025_09_18_11_25_52.pth',
  'tinyworlds/tiny/tiny_video_tokenizer_step_2500_2025_09_18_11_25_50.pth',
  'tinyworlds/tiny/tiny_latent_actions_step_5000_2025_09_18_11_25_51.pth',
]

type Visited = Awaited<ReturnType<typeof visit>>['page']

async function drop(page: Visited, names: string[]): Promise<void> {
  const files = names.map(name => ({ name, base64: readFileSync(`${GOLDEN}${name}`).toString('base64') }))
  await page.evaluate(files => {
    const dropped = new DataTransfer()
    for (const { name, base64 } of files)
      dropped.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], name.split('/').at(-1)!))
    dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, cancelable: true }))
  }, files)
}

const widthOf = (page: Visited) => page.evaluate(() => document.querySelector<HTMLCanvasElement>('#view')!.width)

test('two of a world’s checkpoints wait for the third, then the world plays; then one that is a single file', async () => {
  const { page, complaints } = await visit()
  await played(page, 2)
  await drop(page, FILES.slice(0, 2))
  await expect.poll(() => page.textContent('#error'), PATIENCE).toContain('2 of the 3 checkpoints of a world')
  await drop(page, FILES.slice(2))
  await expect.poll(() => widthOf(page), PATIENCE).toBe(28)
  await page.waitForSelector('#view[aria-busy=false]')
  await played(page, 3)
  await tab(page, 'Sampling')
  for (const slider of ['#guidance', '#threshold']) {
    expect(await page.isDisabled(slider)).toBe(true)
    expect(await page.textContent(`${slider} ~ small`)).toBe('worlds of this kind do not have it')
  }
  expect(await page.inputValue('#steps')).toBe('10')
  await drop(page, ['jasmine/tiny/world.safetensors'])
  await expect.poll(() => widthOf(page), PATIENCE).toBe(19)
  await page.waitForSelector('#view[aria-busy=false]')
  await played(page, 3)
  // Of a checkpoint without its heads the page says what it assumes; of one that does not fit it lists what was found.
  const folder = 'tinyworlds/tiny/dynamics_step_7500/model_state_dict.pt'
  await drop(page, [folder, ...FILES.slice(1)])
  await expect.poll(() => page.textContent('#error'), PATIENCE).toContain('does not say num_heads: 8 are assumed.')
  await drop(page, Array(3).fill('pytorch/checkpoint.pth'))
  await expect.poll(() => page.textContent('#error'), PATIENCE).toContain('belongs to no supported family')
  expect(await page.textContent('#error pre')).toContain('F32')
  expect(complaints).toEqual([])
  await leave(page)
})
