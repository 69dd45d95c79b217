// `node tools/compare_frames.mjs A B`: which of two checkouts plays a frame faster, as a ratio. Both play the same actions in one process,
// frame by frame in turns, so that other work on the machine slows both. It prints B / A of wall time and of processor time, as quartiles
// of all rounds; the same ratio of two equal worlds shows its noise. Below 1, B is faster. A and B may be one checkout with two settings.
// --model FOLDER (weights/platformer); --frames N rounds (40); --a JSON, --b JSON: sampling settings; --warm N: frames played before (8);
// --ahead N: frames that only B plays before; --name TEXT, --out FILE: adds the result to a JSON list.
// A driver is chosen as everywhere: VK_DRIVER_FILES names SwiftShader or lavapipe.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: {
    model: { type: 'string', default: 'weights/platformer' },
    frames: { type: 'string', default: '40' },
    warm: { type: 'string', default: '8' },
    a: { type: 'string', default: '{}' },
    b: { type: 'string', default: '{}' },
    ahead: { type: 'string', default: '0' },
    name: { type: 'string' },
    out: { type: 'string' },
  },
  allowPositionals: true,
})
const [a, b] = positionals
if (!a || !b) {
  console.error(
    'usage: node tools/compare_frames.mjs CHECKOUT_A CHECKOUT_B [--model FOLDER] [--frames N] [--a JSON] [--b JSON]',
  )
  process.exit(2)
}
const { register: registerTypeScript } = await import('tsx/esm/api')
registerTypeScript()
register('../bin/wgsl-hooks.mjs', import.meta.url)

/** @param {string} checkout @param {string} sampling */
async function open(checkout, sampling) {
  const at = (/** @type {string} */ file) => import(resolve(checkout, file))
  const { openGpu } = await at('src/cli/open_gpu.ts')
  const { directorySource } = await at('src/cli/model_files.ts')
  const { World } = await at('src/world/world.ts')
  const gpu = await openGpu(undefined)
  const begun = performance.now()
  const world = await World.load(directorySource(values.model), { device: gpu.device, precision: gpu.precision })
  Object.assign(world.sampling, JSON.parse(sampling))
  const { width, height } = world.config.frame
  await world.prompt({ width, height, data: new Uint8Array(4 * width * height).fill(128) })
  let count = 0
  const play = async () => {
    const [start, busy] = [performance.now(), process.cpuUsage()]
    world.step(Math.floor(count++ / 3) % world.actions)
    world.flush()
    await gpu.device.queue.onSubmittedWorkDone()
    const { user, system } = process.cpuUsage(busy)
    return { wall: performance.now() - start, cpu: (user + system) / 1000 }
  }
  await play()
  return { world, play, name: gpu.adapterName, firstFrame: performance.now() - begun }
}

// A, B, B, A: of two equal worlds of one process, the one that was loaded later may be some per cent slower.
const worlds = []
for (const isB of [false, true, true, false])
  worlds.push({ isB, ...(await open(isB ? b : a, isB ? values.b : values.a)) })
for (const { isB, play } of worlds) for (let i = 0; isB && i < Number(values.ahead); i++) await play()
for (let i = 0; i < Number(values.warm); i++) for (const { play } of worlds) await play()
const rounds = []
for (let i = 0; i < Number(values.frames); i++) {
  const times = []
  for (let j = 0; j < 4; j++) times[(i + j) % 4] = await worlds[(i + j) % 4].play()
  rounds.push(times)
}
const tokens = await Promise.all(worlds.map(({ world }) => world.tokens()))
const quartiles = (/** @type {number[]} */ v) => {
  const sorted = v.toSorted((x, y) => x - y)
  return [1, 2, 3].map(q => sorted[Math.floor((q * v.length) / 4)])
}
/** Milliseconds of A and B, the quartiles of B / A, and of the second A over the first. @param {'wall' | 'cpu'} kind */
function compare(kind) {
  const of = (/** @type {number[]} */ which) =>
    rounds.map(times => which.reduce((sum, w) => sum + times[w][kind] / which.length, 0))
  const ratio = (/** @type {number[]} */ over, /** @type {number[]} */ under) =>
    quartiles(over.map((v, i) => v / under[i]))
  const [timesA, timesB] = [of([0, 3]), of([1, 2])]
  return {
    a: quartiles(timesA)[1],
    b: quartiles(timesB)[1],
    ratio: ratio(timesB, timesA),
    same: ratio(of([3]), of([0])),
  }
}
const result = {
  what: values.name ?? `${a} and ${b}`,
  adapter: worlds[0].name,
  date: new Date().toISOString(),
  load: loadavg()[0],
  rounds: rounds.length,
  firstFrames: worlds.map(w => w.firstFrame),
  differing: tokens[0].reduce((/** @type {number} */ sum, t, i) => sum + Number(t !== tokens[1][i]), 0),
  wall: compare('wall'),
  cpu: compare('cpu'),
}
console.log(JSON.stringify(result))
if (values.out) {
  const known = existsSync(values.out) ? JSON.parse(readFileSync(values.out, 'utf8')) : []
  writeFileSync(values.out, `${JSON.stringify([...known, result], undefined, 1)}\n`)
}
process.exit(0)
