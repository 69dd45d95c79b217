// `npm run reliability -- [--minutes N] [--seed N]`: fuzz, injected faults, kills and soak in about N minutes, and a table of what
// was done, as README prints it. The same tests run within `npm test`, for less.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const [minutes, seed] = [Number(values.minutes ?? 5), Number(values.seed ?? 1)]
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('reliability: --minutes takes a number above 0, --seed a whole number')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'djinn-reliability-'))
const results = join(folder, 'results.jsonl')
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'node', 'test/reliability'],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, DJINN_RELIABILITY: results, DJINN_RELIABILITY_MINUTES: `${minutes}`, DJINN_SEED: `${seed}` },
  },
)
/** @type {Map<string, { count: number, outcome: string }>} */
const rows = new Map()
for (const line of existsSync(results) ? readFileSync(results, 'utf8').split('\n').filter(Boolean) : []) {
  const { what, count, outcome } = JSON.parse(line)
  rows.set(what, { count: count + (rows.get(what)?.count ?? 0), outcome })
}
console.log(`\nSeed ${seed}, ${minutes} minutes:\n\n| tried | times | outcome |\n| --- | ---: | --- |`)
for (const [what, { count, outcome }] of rows)
  console.log(`| ${what} | ${String(count).replace(/\B(?=(\d{3})+$)/g, ' ')} | ${outcome} |`)
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
