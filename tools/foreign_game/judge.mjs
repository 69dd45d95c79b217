#!/usr/bin/env node
// Judges the latent actions of a world against the keys that record.mjs logged, on a video that the world was not trained on.
//
//     node tools/foreign_game/judge.mjs WORLD_DIR VIDEO.mp4 VIDEO.keys.json
//
// Prints mutual information in bits of the inferred codes with left / none / right held, and with jump held; and a row for each code.
// The clips it makes stay in WORLD_DIR/judged.safetensors, for `djinn evaluate`.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Seconds from a key to what it shows on the screen: two frames of the game, one of the recording. */
const LATENCY = 0.08
const COMMAND = join(dirname(fileURLToPath(import.meta.url)), '../../bin/djinn.mjs')

const [world, video, keys] = process.argv.slice(2)
if (!keys) {
  console.error('usage: judge.mjs WORLD_DIR VIDEO.mp4 VIDEO.keys.json')
  process.exit(2)
}
const [clips, actions] = ['judged', 'judged_actions'].map(name => join(world, `${name}.safetensors`))
const djinn = (...args) => {
  const { status } = spawnSync(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
djinn('record', '--video', video, '--like', world, '--skip', '--frames', '24', '--out', clips)
djinn('actions', world, clips, '--out', actions)

/** A tensor of a safetensors file, as numbers. */
function tensorOf(path, name) {
  const bytes = readFileSync(path)
  const length = Number(bytes.readBigUInt64LE(0))
  const { dtype, shape, data_offsets } = JSON.parse(bytes.subarray(8, 8 + length))[name]
  const data = Uint8Array.from(bytes.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1])).buffer
  return { shape, values: dtype === 'F32' ? new Float32Array(data) : new Int32Array(data) }
}

const start = tensorOf(clips, 'start').values
const { shape, values: codes } = tensorOf(actions, 'actions')
const { rate } = JSON.parse(readFileSync(join(world, 'config.json'), 'utf8')).frame
const log = JSON.parse(readFileSync(keys, 'utf8'))
const heldAt = t => log.findLast(entry => entry.t <= t)?.keys ?? []
const held = Array.from(codes, (_, i) => {
  const [clip, step] = [Math.floor(i / shape[1]), i % shape[1]]
  return heldAt(start[clip] + (step + 0.5) / rate - LATENCY)
})
const sides = held.map(k => (k.includes('Left') ? 'left' : k.includes('Right') ? 'right' : 'none'))
const jumps = held.map(k => (k.includes('jump') ? 'jump' : 'no jump'))

function mutualInformation(x, y) {
  const count = (...lists) => {
    const times = new Map()
    for (let i = 0; i < x.length; i++) {
      const key = lists.map(list => list[i]).join()
      times.set(key, (times.get(key) ?? 0) + 1)
    }
    let entropy = 0
    for (const n of times.values()) entropy -= (n / x.length) * Math.log2(n / x.length)
    return entropy
  }
  return { bits: count(x) + count(y) - count(x, y), entropy: count(y) }
}

const say = (name, labels) => {
  const { bits, entropy } = mutualInformation([...codes], labels)
  console.log(`${name}: ${bits.toFixed(2)} of ${entropy.toFixed(2)} bit`)
}
say('mutual information with left / none / right held', sides)
say('with jump held', jumps)
for (const code of [...new Set(codes)].sort((a, b) => a - b)) {
  const of = (labels, label) => labels.filter((l, i) => codes[i] === code && l === label).length
  const n = codes.filter(c => c === code).length
  const share = count => `${Math.round((100 * count) / n)} %`
  const parts = ['left', 'none', 'right'].map(side => `${side} ${share(of(sides, side))}`)
  console.log(`code ${code}: ${n} times, ${parts.join(', ')}, jump ${share(of(jumps, 'jump'))}`)
}
