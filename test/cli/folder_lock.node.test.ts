// One process at a time works in a folder; a lock whose holder has died is taken over.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder } from '../../src/cli/folder_lock.ts'
import { ROOT, scratch } from './run.ts'

const FOLDER = scratch()
const MODULE = JSON.stringify(join(ROOT, 'src/cli/folder_lock.ts'))

function folder(name: string): { path: string; lock: string } {
  const path = join(FOLDER, name)
  mkdirSync(path)
  return { path, lock: join(path, 'x.lock') }
}

const node = (code: string) => ['--import', 'tsx', '--input-type=module', '-e', code]
const take = (path: string) => lockFolder(path, 'x.lock', 'training')

test('a second process is refused while the first lives, and admitted when it is killed', async () => {
  const { path } = folder('living')
  const code = `import { lockFolder } from ${MODULE}
    lockFolder(${JSON.stringify(path)}, 'x.lock', 'training')
    console.log('held')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, node(code), { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  expect(() => take(path)).toThrow(
    `${path}: another training, process ${child.pid}, is at work here: wait for it, or give this one another folder`,
  )
  child.kill('SIGKILL')
  await once(child, 'close')
  const lock = take(path)
  lock.check()
  lock.release()
  expect(readdirSync(path)).toEqual([])
})

test('when four processes find a dead lock at the same time, one gets it', async () => {
  const { path } = folder('race')
  const code = `import { lockFolder } from ${MODULE}
    process.stdin.once('data', () => {
      try {
        lockFolder(${JSON.stringify(path)}, 'x.lock', 'training')
        console.log('held')
      } catch (error) {
        console.log(error.message)
      }
      process.stdin.once('end', () => process.exit())
    })
    console.log('ready')`
  spawnSync(
    process.execPath,
    node(
      `import { lockFolder } from ${MODULE}; lockFolder(${JSON.stringify(path)}, 'x.lock', 'training'); process.kill(process.pid, 'SIGKILL')`,
    ),
  )
  expect(readdirSync(path)).toEqual(['x.lock'])
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, node(code), { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  await Promise.all(children.map(child => once(child.stdout, 'data')))
  const answers = children.map(child => once(child.stdout, 'data'))
  for (const child of children) child.stdin.write('go')
  const said = (await Promise.all(answers)).map(([text]) => `${text}`.trim())
  expect(said.filter(text => text === 'held')).toHaveLength(1)
  for (const text of said.filter(text => text !== 'held'))
    expect(text).toMatch(/another training, process \d+, is at work/)
  for (const child of children) child.stdin.end()
})

test('a lock of another machine is respected; one of an ended process, whose number another now has, is replaced', () => {
  const { path, lock } = folder('other')
  const own = take(path)
  const holder = JSON.parse(readFileSync(lock, 'utf8'))
  writeFileSync(lock, JSON.stringify({ ...holder, host: 'elsewhere', pid: 7 }))
  expect(() => take(path)).toThrow(
    `another training, process 7 on elsewhere, may be at work here: if it is not, delete ${lock}`,
  )
  for (const stale of [{ started: '1' }, { boot: 'another' }]) {
    writeFileSync(lock, JSON.stringify({ ...holder, host: hostname(), ...stale, id: 'old' }))
    expect(() => own.check()).toThrow('is no longer held by this training')
    const taken = take(path)
    taken.release()
    expect(existsSync(lock)).toBe(false)
  }
})

test.each([
  ['', 'no bytes'],
  ['{', 'half a file'],
  ['null', 'null'],
  ['{"pid": "1"}', 'no holder'],
])('a lock file of %j (%s) locks nothing', text => {
  const { path, lock } = folder(`garbled ${text.length}`)
  writeFileSync(lock, text)
  take(path).check()
})
