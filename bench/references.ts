// The table that compares this machine with other adapters: a played frame and the main kernels. The others are reports in the repository, one
// file each: bench/results/ has SwiftShader and lavapipe, bench/contributed/ what `npm run bench -- --contribute` wrote on other machines.

import type { BenchReport } from './measure_panel.ts'
import { addRow, digits, element } from './tables.ts'

const FILES: Record<string, BenchReport> = import.meta.glob(
  ['./results/swiftshader.json', './results/lavapipe.json', './contributed/*.json'],
  { import: 'default', eager: true },
)
/** The reports, with their files. */
export const REFERENCES = Object.entries(FILES).map(([path, report]) => ({ file: path.replace('.', 'bench'), report }))

/** The operations that take most of a frame, at shapes of the shipped world. */
const KERNELS = [
  ['linear', '64×192 · 192×576'],
  ['spatial_attention', '64 tokens × 192'],
  ['temporal_attention', '16 frames × 64 tokens × 192'],
  ['layer_norm', '64×192'],
  ['sample', '64 tokens × 512 codes'],
] as const

export const HEADINGS = [
  'adapter',
  'a played frame',
  ...KERNELS.map(([kernel, shape]) => `${kernel}, ${shape}`),
  'source',
]

/** The cells of one adapter. A kernel's cell has its fastest variant. It is empty where nothing was measured. */
export function cellsOf({ adapter, world, rows }: BenchReport, source: string): string[] {
  const kernels = KERNELS.map(([kernel, shape]) => {
    const timed = rows.flatMap(row =>
      row.kernel === kernel && row.shape === shape && row.ms !== null ? [{ ...row, ms: row.ms }] : [],
    )
    const [best] = timed.toSorted((a, b) => a.ms - b.ms)
    return best ? `${digits(best.ms, 3)} ms (${best.version})` : ''
  })
  return [
    `${adapter.name}, ${adapter.precision}`,
    world ? `${digits(world.frame, 0)} ms (${world.name}, ${world.steps} steps)` : '',
    ...kernels,
    `${source}, ${adapter.date.slice(0, 10)}`,
  ]
}

/** All rows: the measured report first, if there is one. */
export const comparison = (own: BenchReport | undefined, source: string): string[][] => [
  ...(own ? [cellsOf(own, source)] : []),
  ...REFERENCES.map(({ file, report }) => cellsOf(report, file)),
]

export function showComparison(own: BenchReport | undefined, source: string): void {
  const headings = HEADINGS.map(text => Object.assign(document.createElement('th'), { textContent: text }))
  element('reference-headings').replaceChildren(...headings)
  element('reference-rows').replaceChildren()
  for (const cells of comparison(own, source)) addRow('reference-rows', cells)
}
