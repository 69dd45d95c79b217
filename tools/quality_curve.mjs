// `node tools/quality_curve.mjs MODEL_DIR CLIPS.safetensors`: measures a world at many decoding settings on held-out clips and adds one
// JSON line per clip and setting to bench/results/quality/NAME.jsonl. It skips what is there, so it can be stopped at any time.
// --clips N: clips played (16); --long N: of these, clips that are also rolled out for 256 frames (4); --minutes M: stops after that long.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { register } from 'node:module'
import { loadavg } from 'node:os'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const SETTINGS = [
  ...[1, 2, 4, 8, 16, 25].map(steps => ({ steps, threshold: 1 })),
  ...[0.3, 0.5, 0.7].map(threshold => ({ steps: 2, threshold })),
  ...[0.5, 0.7, 0.9].map(threshold => ({ steps: 4, threshold })),
]

const { values, positionals } = parseArgs({
  options: { clips: { type: 'string' }, long: { type: 'string' }, minutes: { type: 'string' } },
  allowPositionals: true,
})
const [directory, clipFile] = positionals
if (!directory || !clipFile) {
  console.error('usage: node tools/quality_curve.mjs MODEL_DIR CLIPS.safetensors [--clips N] [--long N] [--minutes M]')
  process.exit(2)
}
const clips = Number(values.clips ?? 16)
const long = Number(values.long ?? 4)
const deadline = Date.now() + 60_000 * Number(values.minutes ?? Number.POSITIVE_INFINITY)

const { register: registerTypeScript } = await import('tsx/esm/api')
registerTypeScript()
register('../bin/wgsl-hooks.mjs', import.meta.url)
const { QualityCurve } = await import('../bench/quality_curve.ts')

const folder = fileURLToPath(new URL('../bench/results/quality', import.meta.url))
mkdirSync(folder, { recursive: true })
const file = `${folder}/${basename(resolve(directory))}.jsonl`
const key = (/** @type {{ clip: number, steps: number, threshold: number }} */ r) =>
  `${r.clip} ${r.steps} ${r.threshold}`
const known = new Set(
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map(line => key(JSON.parse(line)))
    : [],
)
const curve = await QualityCurve.open(directory, clipFile)
for (let clip = 0; clip < clips; clip++)
  for (const group of [SETTINGS.filter(s => s.steps <= 8), SETTINGS.filter(s => s.steps > 8)]) {
    const missing = group.filter(setting => !known.has(key({ clip, ...setting })))
    if (missing.length === 0) continue
    if (Date.now() > deadline) process.exit(0)
    await curve.measure(clip, missing, clip < long, result => {
      const line = JSON.stringify({ ...result, load: loadavg()[0], adapter: curve.adapter })
      appendFileSync(file, `${line}\n`)
      console.log(line)
    })
  }
console.log('done')
process.exit(0)
