// Kills a process that writes files (writing_child.ts) again and again, and reads what is there after each kill.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CheckpointFiles } from '../../src/cli/checkpoint_files.ts'
import { ClipReader } from '../../src/cli/clip_reader.ts'
import type { Pcg } from '../../src/random.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'

/** Numbers of a tensor that the child writes. */
export const VALUES = 100_000

const CHILD = fileURLToPath(new URL('writing_child.ts', import.meta.url))
/** Lets Node import the text of kernels, as bin/djinn.mjs does. */
const HOOKS = `data:text/javascript,import { register } from 'node:module'; register('${new URL('../../bin/wgsl-hooks.mjs', import.meta.url)}')`

/** Starts the child, kills it after 1 … 3 rounds at whatever it is doing, and checks the folder. @throws Error naming what is broken */
export async function killAndCheck(folder: string, random: Pcg): Promise<void> {
  const before = stepIn(folder)
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', HOOKS, CHILD, folder, `${before + 1}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  let complaint = ''
  child.stderr.on('data', text => {
    complaint += text
  })
  let left = 1 + random.below(3)
  for await (const chunk of child.stdout) {
    left -= chunk.length
    if (left > 0) continue
    // The child goes on writing until the kill arrives: so many turns of this process's loop later.
    for (let turns = random.below(200); turns > 0; turns--) await new Promise(resolve => setImmediate(resolve))
    break
  }
  child.kill('SIGKILL')
  const [code, signal] = await closed
  if (signal !== 'SIGKILL') throw new Error(`the child ended by itself with code ${code}: ${complaint}`)
  await check(folder, before)
}

function stepIn(folder: string): number {
  try {
    return JSON.parse(readFileSync(join(folder, 'text.json'), 'utf8'))[0]
  } catch {
    return 0
  }
}

async function check(folder: string, before: number): Promise<void> {
  const same = (values: ArrayLike<number>, what: string) => {
    if (Array.prototype.some.call(values, value => value !== values[0])) throw new Error(`${what} is of two rounds`)
  }
  const text = JSON.parse(readFileSync(join(folder, 'text.json'), 'utf8'))
  same(text, 'text.json')
  if (text.length !== VALUES || text[0] <= before) throw new Error('text.json is not the newest')
  const checkpoint = await new CheckpointFiles(folder, 'tokenizer').read()
  const weights = await readSafetensors(bytesSource('weights', readFileSync(join(folder, 'tokenizer.safetensors'))))
  for (const tensors of [checkpoint!.tensors, weights.tensors])
    for (const [name, { data }] of tensors) same(new Float32Array(data.slice().buffer), name)
  if (Number(checkpoint!.metadata.step) <= before) throw new Error('the checkpoint is not the newest')
  const clips = await ClipReader.open(join(folder, 'clips.safetensors'))
  for (let clip = 0; clip < clips.clips; clip++) same(await clips.frames(clip, 0, 2), `clip ${clip}`)
  if (clips.clips !== 3 || statSync(clips.path).size < 3 * 2 * 64 * 64 * 3) throw new Error('clips are missing')
  await clips.close()
  // What a kill leaves of a file is removed by the next write of it.
  const left = readdirSync(folder).filter(name => name.startsWith('.djinn-'))
  if (left.length > 3) throw new Error(`${left.length} unfinished files have piled up`)
}
