// The sections of bench/RESULTS.md, in Markdown, from the reports in bench/results/. It imports TypeScript, which the caller registers.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { flopsAndBytes } from '../src/bench/flops_and_bytes.ts'
import { parseConfig } from '../src/families/parse_config.ts'
import { scalingPlot } from './scaling_plot.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {string[]} head @param {string[][]} rows */
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
/** @param {number | null | undefined} x */
const text = (x, digits = 2) => (x === null || x === undefined ? '–' : x.toFixed(digits))

/** A report of one adapter: a played frame, peers, scaling, kernels. @param {string} title @param {any} report undefined where it failed */
export function section(title, report) {
  if (!report) return `## ${title}\n\nNot measured: it failed here.`
  const { adapter, peak, rows, peers, world, curves } = report
  const parts = [
    `## ${title}`,
    `${adapter.name}, ${adapter.precision}; ${adapter.browser}; ${adapter.date}; load average afterwards ${text(report.load, 1)} on ${cpus().length} cores (above 2, other work ran too). Roofline of the adapter: ${text(peak.gflops, 1)} GFLOP/s in multiply-adds, ${text(peak.gbps, 1)} GB/s in a copy. It varies with other work on the machine, so each row is compared with the roofline of its own rounds.`,
  ]
  if (report.load > 4)
    parts.push(
      '**Not reliable.** The machine was busy with other work, which these times include. Run it again on a quiet machine.',
    )
  if (report.note) parts.push(report.note)
  if (world) parts.push(...frameParts(world))
  if (peers.length > 0) parts.push(...peerParts(peers))
  if (curves) parts.push(...scalingParts(curves))
  return [...parts, ...kernelParts(rows)].join('\n\n')
}

/** A played frame, and its time by kernel. @param {any} world */
function frameParts(world) {
  const total = world.profile.reduce((/** @type {number} */ sum, /** @type {any} */ k) => sum + k.ms, 0)
  return [
    `### A played frame\n\n\`${world.name}\`, ${world.steps} steps: **${text(world.frame, 0)} ms**, of which JavaScript takes ${text(world.javascript)} ms; ${text(world.bytes / 2 ** 20, 1)} MiB on the GPU. From weights in memory on a fresh device to the first played frame, including compilation and the prompt: ${text(world.firstFrame / 1000)} s. Time by kernel, from timestamps around every dispatch:`,
    table(
      ['kernel', 'dispatches', 'ms', 'share'],
      world.profile.map((/** @type {any} */ k) => [
        k.kernel,
        `${k.dispatches}`,
        text(k.ms),
        `${text((100 * k.ms) / total, 0)} %`,
      ]),
    ),
  ]
}

/** @param {any[]} peers */
function peerParts(peers) {
  return [
    '### Peers\n\nMilliseconds in the same page on the same adapter, one after the other. Results are first checked to be equal within 1e-3 of the largest number; of a played frame, all tokens are compared and a difference is noted. onnxruntime-web runs WebAssembly (wasm) with SIMD and a thread per core, and WebGPU operations with IO binding, without graph capture. WebAssembly runs on the CPU itself. A software adapter uses the same CPU less efficiently: no kernel on it exceeds the roofline above by more than a third. This says nothing about a GPU.',
    table(
      ['operation', 'shape', 'peer', 'Djinn', 'peer', 'peer / Djinn', ''],
      peers.map(p => [p.what, p.shape, p.peer, text(p.ours), text(p.theirs), text(p.ratio), p.note ?? '']),
    ),
  ]
}

/** Writes a plot for each thing that is varied. @param {Record<string, any[]>} curves */
function scalingParts(curves) {
  mkdirSync(`${root}/bench/plots`, { recursive: true })
  const plots = Object.entries(curves).map(([what, points]) => {
    const name = `${what.replaceAll(' ', '_')}.svg`
    writeFileSync(`${root}/bench/plots/${name}`, scalingPlot(what, points))
    return `![time and memory of a frame against ${what}](plots/${name})`
  })
  return [
    '### Scaling\n\nA frame of worlds with zero weights: 64 tokens, D = 128, 2 layers, window 8, 2 steps, except for what is varied.',
    ...plots,
    table(
      ['varied', 'value', 'ms', 'MiB'],
      Object.entries(curves).flatMap(([what, points]) =>
        points.map(p => [what, `${p.x}`, text(p.ms, 1), text(p.bytes / 2 ** 20, 2)]),
      ),
    ),
  ]
}

/** @param {any[]} rows */
function kernelParts(rows) {
  return [
    '### Kernels\n\n"% of roofline" is the larger of arithmetic and bandwidth, each against the kernel that measures it. It can exceed 100 %, because those two kernels are no upper bound.',
    table(
      ['kernel', 'variant', 'shape', 'ms', '±', 'GFLOP/s', 'GB/s', '% of roofline', ''],
      rows.map(r => [
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
  ]
}

/** Training: a block beside other libraries in the browser, and whole steps beside PyTorch on this machine's CPU. @param {any} browser @param {any} steps */
export function trainingSection(browser, steps) {
  const isTraining = (/** @type {any} */ row) => row.what.startsWith('a block trained')
  const rows = [...(browser?.peers.filter(isTraining) ?? []), ...(steps?.rows ?? [])]
  if (rows.length === 0) return '## Training\n\nNot measured: it failed here.'
  return [
    '## Training',
    `The block is one ST-transformer block without QK-norm: forward pass, cross-entropy, and backward pass to its input and every weight, on SwiftShader in Chromium. A training step is complete, including AdamW, at the sizes of \`weights/platformer\`: the engine's through Dawn on ${steps?.adapter ?? 'nothing'}, PyTorch's on the same CPU. Loss and gradients of the block and losses of the steps are first checked to be equal within 1e-3.`,
    table(
      ['operation', 'shape', 'peer', 'Djinn, ms', 'peer, ms', 'peer / Djinn', ''],
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

/** Peaks as their makers state them: f32 multiply-adds outside of matrix units, and memory. */
const CLASSES = [
  { name: 'integrated GPU of a laptop: Intel Iris Xe, 96 units at 1.3 GHz', tflops: 2.0, gbps: 68 },
  { name: 'Apple M1, 8 cores', tflops: 2.6, gbps: 68 },
  { name: 'discrete GPU: NVIDIA GeForce RTX 3060', tflops: 12.7, gbps: 360 },
]

/** Dispatches of a frame of weights/platformer: of each step, and the others. test/world/dispatches.browser.test.ts counts them. */
const DISPATCHES = { step: 49, other: 27 }

/** What a frame must do, counted, and the least time that it can take. */
export function workSection() {
  const config = parseConfig(readFileSync(`${root}/weights/platformer/config.json`, 'utf8'), 'config.json')
  const { steps } = config.sampling
  const counts = [...new Set([steps, 4])].map(count => ({
    count,
    ...flopsAndBytes({ ...config, sampling: { ...config.sampling, steps: count } }, 2),
  }))
  const bound = (/** @type {number} */ bytes, /** @type {number} */ flops, /** @type {typeof CLASSES[0]} */ gpu) => {
    const [arithmetic, memory] = [flops / gpu.tflops / 1e9, bytes / gpu.gbps / 1e6]
    return `${text(Math.max(arithmetic, memory))} ms, ${arithmetic > memory ? 'arithmetic' : 'memory'}`
  }
  return [
    '## The work of a frame',
    'Counted from the sizes of `weights/platformer` in f16, not measured (`src/bench/flops_and_bytes.ts`): products and attention, with every operand and result moved once. The least times divide that by the peaks that makers state for three GPUs. No such GPU was measured. The frame is so small that launching its dispatches may take longer than their work; `test/world/dispatches.browser.test.ts` counts them.',
    table(
      ['steps', 'dispatches', 'GFLOP', 'MB moved', ...CLASSES.map(({ name }) => name)],
      counts.map(({ count, flops, bytes }) => [
        `${count}`,
        `${DISPATCHES.step * count + DISPATCHES.other}`,
        text(flops / 1e9),
        text(bytes / 1e6, 1),
        ...CLASSES.map(gpu => bound(bytes, flops, gpu)),
      ]),
    ),
    '## What cannot be tested here',
    'The machine that wrote this page has no GPU. On a machine of one of these classes, `npm run bench -- --contribute` measures what is expected here, and writes its report to a JSON file under `bench/`.',
    table(
      ['adapter', 'expected', 'why'],
      [
        ['discrete GPU, Vulkan or D3D12', '`workgroup4x4`; attention `online`', 'workgroup memory is on the chip'],
        ['Apple GPU, Metal', '`subgroup8` or `workgroup4x4`', 'SIMD groups of 32 share loads without barriers'],
        [
          'integrated Intel GPU',
          '`subgroup8` or `register8x4`',
          'subgroups of 8 to 32; workgroup memory is a part of the cache',
        ],
        ['mobile GPU (Adreno, Mali)', '`register8x4`', 'few registers and slow workgroup memory'],
        ['WARP, the software adapter of Windows', '`quad` or `register8x4`', 'as on SwiftShader'],
      ],
    ),
  ].join('\n\n')
}

/** Played frames beside onnxruntime-web, with the ordinary steps and with ours. @param {any} play */
export function playSection(play) {
  if (!play) return ''
  const { adapter, peers, world } = play
  return [
    '## Playing, in Chromium',
    `${adapter.name}, ${adapter.precision}; ${adapter.date}; load average afterwards ${text(play.load, 1)} on ${cpus().length} cores. \`${world.name}\`, ${world.steps} steps: ${text(world.frame, 0)} ms a frame, JavaScript ${text(world.javascript)} ms, the first frame ${text(world.firstFrame / 1000)} s after the weights are in memory. A play is a script of actions that are each held for some frames, over a full window; Djinn and the peer play frame by frame in turns. With equal steps all tokens of the first frame are compared before anything is timed.`,
    table(
      ['operation', 'peer', 'Djinn, ms', 'peer, ms', 'peer / Djinn', ''],
      peers.map((/** @type {any} */ r) => [r.what, r.peer, text(r.ours), text(r.theirs), text(r.ratio), r.note ?? '']),
    ),
  ].join('\n\n')
}

/** Frames of two checkouts or settings, side by side. bench/results/compare.json is written by tools/compare_frames.mjs. @param {any} rows */
export function compareSection(rows) {
  if (!rows) return ''
  const ratio = (/** @type {number[]} */ [low, middle, high]) => `${text(middle)} (${text(low)} … ${text(high)})`
  return [
    '## Side by side',
    'Two checkouts or settings play the same actions in one process, frame by frame in turns (`tools/compare_frames.mjs`). Ratios are B / A: medians and quartiles of all rounds. "Two equal" is the ratio of two worlds of A, which differ only in the order of loading: a difference as small as that means nothing.',
    table(
      [
        'A and B',
        'adapter',
        'A, ms',
        'B, ms',
        'B / A, clock',
        'B / A, processor time',
        'two equal',
        'differing tokens',
        'load',
      ],
      rows.map((/** @type {any} */ r) => [
        r.what,
        r.adapter.split(' ').slice(0, 2).join(' '),
        text(r.wall.a, 1),
        text(r.wall.b, 1),
        ratio(r.wall.ratio),
        ratio(r.cpu.ratio),
        ratio(r.cpu.same),
        `${r.differing}`,
        text(r.load, 1),
      ]),
    ),
  ].join('\n\n')
}
