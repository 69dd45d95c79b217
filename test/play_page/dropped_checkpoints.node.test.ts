// Checkpoints dropped on the page: files of the published form, and folders of the later one, alone or in a folder of theirs.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DroppedCheckpoints, type DroppedFile, droppedFiles } from '../../src/play_page/dropped_checkpoints.ts'
import { readText } from '../../src/weights/model_source.ts'

const GOLDEN = fileURLToPath(new URL('../golden/tinyworlds/tiny/', import.meta.url))
const names = readdirSync(GOLDEN)
const folders = names.filter(name => /_step_\d+$/.test(name))
const singles = names.filter(name => name.endsWith('.pth'))

/** What a browser gives of a dropped file or folder: its entries come in parts. */
function entryOf(path: string, fullPath: string): FileSystemEntry {
  const name = fullPath.split('/').at(-1)!
  if (/\.\w+$/.test(name)) {
    const file = (resolve: (file: File) => void) => resolve(new File([readFileSync(path)], name))
    return { name, fullPath, isFile: true, isDirectory: false, file } as never
  }
  const children = readdirSync(path)
    .filter(child => folders.includes(child) || /\.pt$/.test(child))
    .map(child => entryOf(`${path}/${child}`, `${fullPath}/${child}`))
  const readEntries = (resolve: (entries: FileSystemEntry[]) => void) => resolve(children.splice(0, 2))
  return { name, fullPath, isFile: false, isDirectory: true, createReader: () => ({ readEntries }) } as never
}

const drop = (entries: FileSystemEntry[]): Promise<DroppedFile[]> =>
  droppedFiles({ items: entries.map(entry => ({ webkitGetAsEntry: () => entry })), files: [] } as never)

async function configOf(files: readonly DroppedFile[]): Promise<Record<string, unknown>> {
  const source = await new DroppedCheckpoints().add(files)
  return JSON.parse(await readText(await source!.open('config.json')))
}

test('three folders, and one folder that holds them, give the world that the three files give', async () => {
  expect(folders).toHaveLength(3)
  const single = singles.map(name => ({ file: new File([readFileSync(GOLDEN + name)], name), folder: '' }))
  const { name: _, ...expected } = await configOf(single)
  for (const entries of [folders.map(name => entryOf(GOLDEN + name, `/${name}`)), [entryOf(GOLDEN, '/checkpoints')]]) {
    const { name, ...found } = await configOf(await drop(entries))
    expect(folders).toContain(name)
    expect(found).toEqual(expected)
  }
})

test('folders that come one by one wait for the others', async () => {
  const dropped = new DroppedCheckpoints()
  for (const [i, name] of folders.entries()) {
    const source = await dropped.add(await drop([entryOf(GOLDEN + name, `/${name}`)]))
    if (i < 2) expect(dropped.progress).toContain(`${name}: ${i + 1} of the 3 checkpoints of a world`)
    else expect(await source!.open('dynamics.safetensors')).toBeDefined()
  }
})

test('one safetensors file of all parameters gives the world of the family that it is of', async () => {
  const file = fileURLToPath(new URL('../golden/jasmine/tiny/world.safetensors', import.meta.url))
  const dropped = { file: new File([readFileSync(file)], 'world.safetensors'), folder: '' }
  expect(await configOf([dropped])).toMatchObject({ family: 'jasmine', frame: { height: 14, width: 19 } })
})
