// `npm run bench:results`: measures everything on this machine and writes bench/RESULTS.md with its plots. SwiftShader in the
// browser with peers, lavapipe through Dawn; a part that fails is named there.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
// --keep writes the page anew from what bench/results/ holds.
const keep = process.argv.includes('--keep')
const LAVAPIPE = '/usr/share/vulkan/icd.d/lvp_icd.json'
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

/**
 * The JSON that a command prints, which is kept in bench/results/; with --keep what is kept there. Undefined where it fails.
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

/** What bench/results/ holds by that name. @param {string} name */
function kept(name) {
  const path = `${root}/bench/results/${name}.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

if (!existsSync(`${root}/bench/models/dynamics.onnx`)) {
  const made = spawnSync('/usr/bin/python3', ['reference/export_onnx.py', 'weights/platformer', 'bench/models'], {
    cwd: root,
  })
  if (made.status !== 0)
    console.error('no ONNX graphs: apt install python3-torch python3-onnx; the models of peers are left out')
}
const browser = measured('swiftshader', ['bin/bench.mjs', '--headless', '--json'])
/** @param {string} name @param {string} driver @param {string[]} more */
const throughDawn = (name, driver, more) =>
  existsSync(driver)
    ? measured(name, ['bin/djinn.mjs', 'bench', ...more, '--json'], {
        VK_ICD_FILENAMES: driver,
        VK_DRIVER_FILES: driver,
      })
    : undefined
const lavapipe = throughDawn('lavapipe', LAVAPIPE, ['--world', 'weights/platformer', '--curves'])
const dawn = throughDawn('swiftshader_dawn', SWIFTSHADER, [])
const steps = existsSync(LAVAPIPE)
  ? measured('training', ['bin/train_bench.mjs', '--json'], { VK_ICD_FILENAMES: LAVAPIPE, VK_DRIVER_FILES: LAVAPIPE })
  : undefined

/** @param {string[]} head @param {string[][]} rows */
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
/** @param {number | null | undefined} x */
const text = (x, digits = 2) => (x === null || x === undefined ? '–' : x.toFixed(digits))

/** @param {string} title @param {any} report */
function section(title, report) {
  if (!report) return `## ${title}\n\nNot measured: it failed here.`
  const { adapter, peak, rows, peers, world, curves } = report
  const parts = [
    `## ${title}`,
    `${adapter.name}, ${adapter.precision}; ${adapter.browser}; ${adapter.date}; load average after it ${text(report.load, 1)} on ${cpus().length} cores (above 2 is other work beside it; above 4 times by the wall clock are mostly that other work, and only ratios of neighbours say something). The adapter's own peak: ${text(peak.gflops, 1)} GFLOP/s with 8 vec4 sums in registers, ${text(peak.gbps, 1)} GB/s copied; it wanders with what else the machine does, so a row is held to the peak that was measured in the same rounds as it.`,
  ]
  if (report.load > 4)
    parts.push(
      '**Not to be relied on.** This machine was busy with much else: times and shares of the peak here are mostly that. Run it again on a quiet one.',
    )
  if (report.note) parts.push(report.note)
  if (world) {
    const total = world.profile.reduce((/** @type {number} */ sum, /** @type {any} */ k) => sum + k.ms, 0)
    parts.push(
      `### A played frame\n\n\`${world.name}\`, ${world.steps} steps: **${text(world.frame, 0)} ms**, of which JavaScript takes ${text(world.javascript)} ms; ${text(world.bytes / 2 ** 20, 1)} MiB on the GPU. From weights in memory on a fresh device to the first played frame, compiling and the prompt included: ${text(world.firstFrame / 1000)} s. Where the time goes, by timestamps around every dispatch:`,
      table(
        ['kernel', 'dispatches', 'ms', 'share'],
        world.profile.map((/** @type {any} */ k) => [
          k.kernel,
          `${k.dispatches}`,
          text(k.ms),
          `${text((100 * k.ms) / total, 0)} %`,
        ]),
      ),
    )
  }
  if (peers.length > 0)
    parts.push(
      '### Beside others\n\nMilliseconds in the same page on the same adapter, one after the other; results are held equal within 1e-3 of the largest number first. WebAssembly (wasm) does not run on the adapter but on the CPU itself, whose SIMD computes more than this software adapter makes of the same CPU at its very best (the peak above, or a third more with 2 sums): no kernel on it can reach that, and on a GPU the comparison is another.',
      table(
        ['what', 'shape', 'peer', 'ours', 'theirs', 'times faster', ''],
        peers.map((/** @type {any} */ p) => [
          p.what,
          p.shape,
          p.peer,
          text(p.ours),
          text(p.theirs),
          text(p.ratio),
          p.note ?? '',
        ]),
      ),
    )
  if (curves) {
    mkdirSync(`${root}/bench/plots`, { recursive: true })
    parts.push(
      '### What a frame costs\n\nWorlds of zeros: 64 tokens, D = 128, 2 layers, window 8, 2 steps, but for what is varied.',
    )
    for (const [what, points] of Object.entries(curves)) {
      const name = `${what.replaceAll(' ', '_')}.svg`
      writeFileSync(`${root}/bench/plots/${name}`, plot(what, /** @type {any} */ (points)))
      parts.push(`![time and memory of a frame against ${what}](plots/${name})`)
    }
    parts.push(
      table(
        ['against', 'at', 'ms', 'MiB'],
        Object.entries(curves).flatMap(([what, points]) =>
          /** @type {any[]} */ (points).map(p => [what, `${p.x}`, text(p.ms, 1), text(p.bytes / 2 ** 20, 2)]),
        ),
      ),
    )
  }
  parts.push(
    '### Kernels',
    table(
      ['kernel', 'version', 'shape', 'ms', '±', 'GFLOP/s', 'GB/s', '% of peak', ''],
      rows.map((/** @type {any} */ r) => [
        r.kernel,
        r.version,
        r.shape,
        text(r.ms, 3),
        r.spread === null ? '–' : `${text(50 * r.spread, 0)} %`,
        text(r.gflops),
        text(r.gbps),
        text(r.ofPeak, 0),
        r.note ?? '',
      ]),
    ),
  )
  return parts.join('\n\n')
}

/** Training: a block beside what else trains in the browser, and whole steps beside PyTorch on this machine's CPU. */
function trainingSection() {
  const isTraining = (/** @type {any} */ row) => row.what.startsWith('a block trained')
  const rows = [...(browser?.peers.filter(isTraining) ?? []), ...(steps?.rows ?? [])]
  if (rows.length === 0) return '## Training\n\nNot measured: it failed here.'
  return [
    '## Training',
    `A block is one of the ST-transformer's (\`model.md\` §1: attention over the tokens of a frame, attention to a token's own past with a bias by age, feed-forward; without QK-norm), forward, cross-entropy and backward to its input and every weight, on SwiftShader in Chromium. A training step is the whole of it, AdamW included, at the sizes of \`weights/platformer\`: ours through Dawn on ${steps?.adapter ?? 'nothing'}, PyTorch's on the same CPU. Loss and gradients of the block, and losses of the steps, are held equal first.`,
    table(
      ['what', 'shape', 'peer', 'ours, ms', 'theirs, ms', 'times faster', ''],
      rows.map((/** @type {any} */ r) => [
        r.what,
        r.shape,
        r.peer,
        text(r.ours, 0),
        text(r.theirs, 0),
        text(r.ratio),
        r.note ?? '',
      ]),
    ),
  ].join('\n\n')
}

/**
 * Two lines over one axis: milliseconds and MiB, each from 0.
 * @param {string} what @param {{ x: number, ms: number, bytes: number }[]} points
 */
function plot(what, points) {
  const [width, height, margin] = [480, 260, 44]
  const lines = [
    { color: '#6d4aff', unit: 'ms', values: points.map(p => p.ms) },
    { color: '#d98200', unit: 'MiB', values: points.map(p => p.bytes / 2 ** 20) },
  ]
  const right = Math.max(...points.map(p => p.x))
  const at = (/** @type {number} */ x, /** @type {number} */ share) =>
    [margin + (x / right) * (width - 2 * margin), height - margin - share * (height - 2 * margin)].map(v =>
      v.toFixed(1),
    )
  const drawn = lines.map(({ color, unit, values }, side) => {
    const top = Math.max(...values) * 1.1
    const path = points.map(({ x }, i) => at(x, /** @type {number} */ (values[i]) / top).join(',')).join(' ')
    const dots = points.map(({ x }, i) => {
      const [cx, cy] = at(x, /** @type {number} */ (values[i]) / top)
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`
    })
    const label = `<text x="${side ? width - margin : margin}" y="${margin - 12}" fill="${color}" text-anchor="${side ? 'end' : 'start'}">${unit}, to ${(top / 1.1).toPrecision(3)}</text>`
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}${label}`
  })
  const ticks = points.map(
    ({ x }) =>
      `<text x="${at(x, 0)[0]}" y="${height - margin + 16}" text-anchor="middle">${x > 99999 ? `${(x / 1e6).toFixed(1)} M` : x}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><path d="M${at(0, 1)}L${at(0, 0)}L${at(right, 0)}L${at(right, 1)}" fill="none" stroke="#999"/>${drawn.join('')}${ticks.join('')}<text x="${width / 2}" y="${height - 8}" text-anchor="middle">${what}, from 0</text></svg>\n`
}

// Measured elsewhere, by bin/pack_gpu.mjs, and laid there.
const gpus = ['gpu', 'gpu_f16'].map(kept).filter(Boolean)
const page = [
  '# Results of the benchmark',
  `Written by \`npm run bench:results\`, never by hand. ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
  'SwiftShader and lavapipe are software: a CPU plays the GPU. The peak is that of a kernel of multiply-adds on 8 vec4 sums, as many as a row-tiled matrix product has; with 2 sums, which fit in the registers of a CPU without spilling, either of these is faster than that.',
  section('SwiftShader, in Chromium', browser),
  section('lavapipe, through Dawn', lavapipe),
  section('SwiftShader, through Dawn', dawn),
  ...gpus.map(report => section(`A GPU, through Dawn, ${report.adapter.precision}`, report)),
  trainingSection(),
]
writeFileSync(`${root}/bench/RESULTS.md`, `${page.join('\n\n')}\n`)
console.log('bench/RESULTS.md is written.')
