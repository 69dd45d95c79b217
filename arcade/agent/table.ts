// The study's results as a table in Markdown.

import { mean, standardError } from '../../src/evaluation/metrics.ts'
import type { StudyResult } from './study.ts'

export function agentTable({
  levels,
  expert,
  rows,
  seeds,
  clips,
  labels,
  steps,
  agreement,
  samples,
}: StudyResult): string {
  const cell = (solved: number[]) => {
    const shares = solved.map(n => (100 * n) / levels)
    const error = standardError(shares)
    return `${mean(shares).toFixed(1)}${error === null ? '' : ` ± ${error.toFixed(1)}`} | ${solved.join(', ')}`
  }
  const lines = [
    ...samples.map(n => [`latent actions, ${n} labelled`, cell(rows.map(row => row.latent[n]!))]),
    ['oracle: cloned from the keys', cell(rows.map(row => row.oracle))],
    ['random', cell(rows.map(row => row.random))],
    ['the expert', `${((100 * expert) / levels).toFixed(1)} | ${expert}`],
  ]
  return [
    `${levels} levels, ${seeds} seeds; ${clips} clips of the expert with ${labels} actions, ${steps} steps per policy; ${(100 * agreement).toFixed(1)} % of latent actions tell the key.`,
    '',
    '| agent | levels solved, % (± standard error) | by seed |',
    '| --- | --- | --- |',
    ...lines.map(([name, cells]) => `| ${name} | ${cells} |`),
  ].join('\n')
}
