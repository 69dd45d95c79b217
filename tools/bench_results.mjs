// `npm run bench:results`: measures on this machine and writes bench/RESULTS.md with its plots: SwiftShader in the browser with
// peers, lavapipe and SwiftShader through Dawn, and training. RESULTS.md names a part that failed. bench_sections.mjs has its sections.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
// --keep measures nothing and writes the page from bench/results/.
const keep = process.argv.includes('--keep')
const LAVAPIPE = '/usr/share/vulkan/icd.d/lvp_icd.json'
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

/**
 * Runs a command that prints JSON and stores that in bench/results/; with --keep reads what is there. Undefined where it fails.
 * @param {string} name @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 */
function measured(name, args, env = {}) {
  const path = `${root}/bench/results/${name}.json`
  if (keep) return kept(name)
  console.log(`${name} …`)
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  })
  if (status !== 0) {
    console.error(`${name} failed: ${stderr.trim().split('\n').at(-1)}`)
    return undefined
  }
  const report = { ...JSON.parse(stdout), load: loadavg()[0] }
  mkdirSync(`${root}/bench/results`, { recursive: true })
  writeFileSync(path, `${JSON.stringify(report, undefined, 1)}\n`)
  return report
}

/** A report of bench/results/. @param {string} name */
function kept(name) {
  const path = `${root}/bench/results/${name}.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

const { register: registerTypeScript } = await import('tsx/esm/api')
registerTypeScript()
register('../bin/wgsl-hooks.mjs', import.meta.url)
const { compareSection, playSection, section, trainingSection, workSection } = await import('./bench_sections.mjs')

const browser = measured('swiftshader', ['tools/bench.mjs', '--headless', '--json'])
const play = measured('play', ['tools/bench.mjs', '--headless', '--play', '--json'])
/** @param {string} name @param {string} driver @param {string[]} more */
const throughDawn = (name, driver, more) =>
  existsSync(driver)
    ? measured(name, ['bin/djinn.mjs', 'bench', ...more, '--json'], {
        VK_ICD_FILENAMES: driver,
        VK_DRIVER_FILES: driver,
      })
    : undefined
const lavapipe = throughDawn('lavapipe', LAVAPIPE, ['--model', 'weights/platformer', '--scaling'])
const dawn = throughDawn('swiftshader_dawn', SWIFTSHADER, [])
const steps = existsSync(LAVAPIPE)
  ? measured('training', ['tools/train_bench.mjs', '--json'], { VK_ICD_FILENAMES: LAVAPIPE, VK_DRIVER_FILES: LAVAPIPE })
  : undefined

// Measured on another machine with the pack of tools/pack_gpu.mjs.
const gpus = ['gpu', 'gpu_f16'].map(kept).filter(Boolean)
const page = [
  '# Benchmark results',
  `Written by \`npm run bench:results\`. ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
  "SwiftShader and lavapipe are software adapters: they run on the CPU. The dates are those of the measurements; the code has changed since. Ten operations are measured, which take nearly all the time of play. Matrix products, layer norm and spatial attention are measured in each of their variants, after a check against the first one; tests check that against plain TypeScript. Backward passes, losses and the optimizer are measured as whole training steps only. The roofline is what two kernels reach: multiply-adds on 8 vec4 sums in registers, as many as a tiled matrix product has, and a copy. A kernel with 2 sums, which fit a CPU's registers, exceeds it on both adapters.",
  section('SwiftShader, in Chromium', browser),
  section('lavapipe, through Dawn', lavapipe),
  section('SwiftShader, through Dawn', dawn),
  ...gpus.map(report => section(`A GPU, through Dawn, ${report.adapter.precision}`, report)),
  trainingSection(browser, steps),
  playSection(play),
  compareSection(kept('compare')),
  workSection(),
]
writeFileSync(`${root}/bench/RESULTS.md`, `${page.filter(Boolean).join('\n\n')}\n`)
console.log('bench/RESULTS.md is written.')
