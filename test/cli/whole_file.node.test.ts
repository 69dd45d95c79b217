// Files that are written whole or not at all, and what is said where they cannot be.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import { ClipWriter } from '../../src/cli/clip_writer.ts'
import { WholeFile, writeWhole, writeWholeSync } from '../../src/cli/whole_file.ts'
import { ROOT, scratch } from './run.ts'

const FOLDER = scratch()

/** The bytes that a process may write to a file, in the shell's blocks of 1024, are few: as where a disk is nearly full. */
function withSmallFiles(code: string): { code: number | null; err: string } {
  const script = `trap '' XFSZ; ulimit -f 16; exec "$0" --import tsx --input-type=module -e "$1"`
  const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, code], { cwd: ROOT, encoding: 'utf8' })
  return { code: status, err: stderr }
}

test('a file appears under its name when it is whole, not before, and replaces the one before', async () => {
  const path = join(FOLDER, 'a.txt')
  writeFileSync(path, 'before')
  chmodSync(path, 0o640)
  const file = await WholeFile.open(path)
  await file.write(Buffer.from('after'), 0)
  expect(readFileSync(path, 'utf8')).toBe('before')
  await file.commit()
  expect(readFileSync(path, 'utf8')).toBe('after')
  expect(statSync(path).mode & 0o777).toBe(0o640)
  expect(readdirSync(FOLDER)).toEqual(['a.txt'])
})

test('a link stays a link', async () => {
  const folder = join(FOLDER, 'links')
  mkdirSync(folder)
  writeFileSync(join(folder, 'target'), 'before')
  symlinkSync('target', join(folder, 'link'))
  writeWholeSync(join(folder, 'link'), 'after')
  expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('after')
  expect(readdirSync(folder)).toEqual(['link', 'target'])
})

test('a name of 255 bytes, and one with quotes, control characters and a line break', async () => {
  const folder = join(FOLDER, 'names')
  mkdirSync(folder)
  const names = ['ö'.repeat(127), 'a"b\'c\u001b[31m\nd#?%.json', '-rf', ' ']
  for (const name of names) await writeWhole(join(folder, name), name)
  expect(readdirSync(folder).sort()).toEqual([...names].sort())
  for (const name of names) expect(readFileSync(join(folder, name), 'utf8')).toBe(name)
})

test('metadata longer than all room for a header', async () => {
  const path = join(FOLDER, 'clips.safetensors')
  const writer = await ClipWriter.open(path, [2, 3, 5], { source: `${'é"\n'.repeat(20_000)}.mp4` })
  await writer.append({ frames: new Uint8Array(2 * 3 * 5 * 3).fill(7) })
  await writer.finish()
  const reader = await ClipReader.open(path)
  expect([...(await reader.frames(0, 1, 1))]).toEqual(Array(45).fill(7))
  await reader.close()
})

describe('one sentence, and the file before stays:', () => {
  test.each([
    ['a name that is too long', () => join(FOLDER, 'x'.repeat(256)), 'its name is too long for the file system'],
    ['a folder that there is not', () => join(FOLDER, 'none/a.txt'), 'its folder does not exist'],
    ['a folder that is a file', () => join(FOLDER, 'file/a.txt'), 'its folder is a file'],
    ['a folder in its place', () => join(FOLDER, 'folder'), 'it is a folder'],
  ])('%s', async (_, path, reason) => {
    writeFileSync(join(FOLDER, 'file'), '')
    mkdirSync(join(FOLDER, 'folder/inner'), { recursive: true })
    const before = readdirSync(FOLDER)
    await expect(writeWhole(path(), 'text')).rejects.toThrow(`${path()} cannot be written: ${reason}`)
    expect(() => writeWholeSync(path(), 'text')).toThrow(`${path()} cannot be written: ${reason}`)
    expect(readdirSync(FOLDER)).toEqual(before)
  })

  test.runIf(process.platform === 'linux')('a folder without write permission', async () => {
    await expect(writeWhole('/sys/a.txt', 'text')).rejects.toThrow(
      /^\/sys\/a.txt cannot be written: (no permission to write in its folder|the file system is read-only)$/,
    )
  })

  test('a file for which there is no room', () => {
    const folder = join(FOLDER, 'full')
    mkdirSync(folder)
    const path = join(folder, 'a.txt')
    writeFileSync(path, 'before')
    const { code, err } = withSmallFiles(`
      import { writeWhole } from './src/cli/whole_file.ts'
      await writeWhole(${JSON.stringify(path)}, 'x'.repeat(1_000_000)).catch(error => {
        console.error(error.message)
        process.exit(1)
      })`)
    expect([code, err]).toEqual([1, `${path} cannot be written: the file system allows no file of this size\n`])
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })
})

test('what a killed process left of a file is removed by the next write of it, what a living one writes is not', async () => {
  const folder = join(FOLDER, 'left')
  mkdirSync(folder)
  const path = join(folder, 'a.txt')
  spawnSync(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `import { WholeFile } from ${JSON.stringify(join(ROOT, 'src/cli/whole_file.ts'))}
     await WholeFile.open(${JSON.stringify(path)})
     process.kill(process.pid, 'SIGKILL')`,
  ])
  expect(readdirSync(folder)).toHaveLength(1)
  const living = await WholeFile.open(path)
  await writeWhole(path, 'text')
  expect(readdirSync(folder)).toHaveLength(2)
  await living.abandon()
  expect(readdirSync(folder)).toEqual(['a.txt'])
})
