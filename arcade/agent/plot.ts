// The paper's Figure 15 for the arcade as SVG: levels solved over labelled samples, with oracle and random play as bounds.

import { mean, standardError } from '../../src/evaluation/metrics.ts'
import type { StudyResult } from './study.ts'

const [WIDTH, HEIGHT] = [640, 400]
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 130, 20, 50]

/** A share of levels, 0 … 1, and its standard error. */
interface Value {
  mean: number
  error: number
}

export function agentPlot({ levels, rows, samples }: StudyResult): string {
  const solvedShare = (solved: number[]): Value => {
    const shares = solved.map(n => n / levels)
    return { mean: mean(shares), error: standardError(shares) ?? 0 }
  }
  const decades = Math.log10(samples.at(-1)!)
  const x = (n: number) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log10(n)) / decades
  const y = (share: number) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Math.min(Math.max(share, 0), 1)
  const point = (px: number, py: number) => `${px.toFixed(1)},${py.toFixed(1)}`

  const bound = (name: string, colour: string, { mean, error }: Value) =>
    [
      `<rect x="${LEFT}" y="${y(mean + error).toFixed(1)}" width="${WIDTH - LEFT - RIGHT}" height="${(y(mean - error) - y(mean + error)).toFixed(1)}" fill="${colour}" opacity="0.15"/>`,
      `<path d="M${point(LEFT, y(mean))}H${WIDTH - RIGHT}" stroke="${colour}" stroke-width="2" stroke-dasharray="6 4"/>`,
      `<text x="${WIDTH - RIGHT + 8}" y="${y(mean).toFixed(1)}" fill="${colour}" dominant-baseline="middle">${name}</text>`,
    ].join('\n')
  const values = samples.map(n => ({ n, ...solvedShare(rows.map(row => row.latent[n]!)) }))
  const upper = values.map(({ n, mean, error }) => point(x(n), y(mean + error)))
  const lower = values.map(({ n, mean, error }) => point(x(n), y(mean - error))).reverse()
  const colour = '#2563eb'
  const line = [
    `<polygon points="${[...upper, ...lower].join(' ')}" fill="${colour}" opacity="0.15"/>`,
    `<polyline points="${values.map(v => point(x(v.n), y(v.mean))).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...values.map(v => `<circle cx="${x(v.n).toFixed(1)}" cy="${y(v.mean).toFixed(1)}" r="3.5" fill="${colour}"/>`),
    `<text x="${WIDTH - RIGHT + 8}" y="${(y(values.at(-1)!.mean) + 16).toFixed(1)}" fill="${colour}" dominant-baseline="middle">latent actions</text>`,
  ].join('\n')
  const across = samples.map(
    n => `<text x="${x(n).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${n}</text>`,
  )
  const up = [0, 0.25, 0.5, 0.75, 1].map(
    share =>
      `<path d="M${LEFT} ${y(share).toFixed(1)}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(share).toFixed(1)}" text-anchor="end" dominant-baseline="middle">${100 * share}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="#222">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${up.join('\n')}
${across.join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">labelled samples</text>
<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">levels solved, %</text>
${bound('oracle', '#16a34a', solvedShare(rows.map(row => row.oracle)))}
${bound('random', '#6b7280', solvedShare(rows.map(row => row.random)))}
${line}
</svg>
`
}
