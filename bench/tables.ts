// The tables of the benchmark's page.

import type { FrameReport } from '../src/bench/frame.ts'
import type { PeerRow, Row } from '../src/bench/report.ts'

export const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T

export const digits = (x: number | null | undefined, count: number) => x?.toFixed(count) ?? ''

/** The lines of a table in Markdown; none where it has no rows. */
export const markdownTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [headings, headings.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)

/** Logs a measurement to the console. */
const log = (what: string, ms: number | null, note?: string) => console.debug(what, ms?.toFixed(3) ?? '', note ?? '')

/** Adds a row to a table body and shows its section. Each cell knows its column's heading, which narrow screens show beside it. */
export function addRow(body: string, cells: (string | HTMLElement)[]): void {
  const row = element<HTMLTableSectionElement>(body).insertRow()
  const headings = [...row.closest('table')!.querySelectorAll('th')].map(heading => heading.textContent)
  for (const [i, content] of cells.entries()) {
    const cell = row.insertCell()
    cell.append(content)
    cell.dataset.label = headings[i] ?? ''
  }
  row.closest('section')!.hidden = false
}

function bar(value: number | null, note?: string): HTMLElement | string {
  if (value === null) return note ?? ''
  const meter = document.createElement('meter')
  Object.assign(meter, { max: 100, value })
  meter.setAttribute('aria-label', `${value.toFixed(0)} %`)
  const cell = document.createElement('span')
  cell.append(meter, ` ${value.toFixed(0)} %`)
  return cell
}

export function showRow({ kernel, version, shape, ms, gflops, gbps, peak, ofPeak, spread, note }: Row): void {
  log(`${kernel} ${version} ${shape}`, ms, note)
  if (peak) element('peak').textContent = `${peak.gflops.toFixed(1)} GFLOP/s, ${peak.gbps.toFixed(1)} GB/s.`
  const time = spread === null ? '' : `${digits(ms, 3)} ±${(50 * spread).toFixed(0)} %`
  addRow('rows', [kernel, version, shape, time, digits(gflops, 2), digits(gbps, 2), bar(ofPeak, note)])
}

export function showPeer({ what, shape, peer, ours, theirs, ratio, note }: PeerRow): void {
  log(`${what} ${shape}, ${peer}: ${digits(ratio, 2)} ×`, theirs, note)
  const cells = [what, shape, peer, digits(ours, 3), digits(theirs, 3)]
  addRow('peer-rows', [...cells, ratio === null ? (note ?? '') : digits(ratio, 2)])
}

export function showWorld({ name, steps, frame, javascript, firstFrame, profile }: FrameReport): void {
  log(`${name}, first frame after ${firstFrame.toFixed(0)} ms; a frame`, frame)
  element('frame').textContent =
    `${name}, ${steps} steps: ${frame.toFixed(0)} ms, of which ${javascript.toFixed(2)} ms JavaScript; the first frame ${(firstFrame / 1000).toFixed(1)} s after its weights were in memory.`
  const total = profile.reduce((sum, { ms }) => sum + ms, 0)
  for (const { kernel, ms, dispatches } of profile)
    addRow('profile', [kernel, `${dispatches} dispatches`, `${ms.toFixed(1)} ms`, bar((100 * ms) / total)])
  element('world').hidden = false
}
