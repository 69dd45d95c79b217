// `node tools/quality_chart.mjs`: writes docs/quality.md, its charts and their numbers from what tools/quality_curve.mjs has measured.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @typedef {import('../bench/quality_curve.ts').ClipQuality & { load: number, adapter: string }} Line */
/** @typedef {ReturnType<typeof summaryOf>} Summary */

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}bench/results/quality`
/** What the others are compared with, clip by clip. */
const BASE = { steps: 4, threshold: 1 }

const mean = (/** @type {number[]} */ list) => list.reduce((sum, v) => sum + v, 0) / list.length
/** Standard error of the mean. */
const errorOf = (/** @type {number[]} */ list) =>
  Math.sqrt(list.reduce((sum, v) => sum + (v - mean(list)) ** 2, 0) / (list.length - 1) / list.length)

/** @param {Line[]} lines of one setting @param {Map<number, Line>} base by clip */
function summaryOf(lines, base) {
  const { steps, threshold } = /** @type {Line} */ (lines[0])
  const over = (/** @type {'frame4' | 'frame8' | 'delta4'} */ name) =>
    lines.map(line => line[name] - /** @type {Line} */ (base.get(line.clip))[name])
  const longRollOuts = lines.flatMap(({ dream, ms }) => (dream && ms ? [{ ...dream, ms }] : []))
  const ofLong = (/** @type {keyof typeof longRollOuts[0]} */ name) => mean(longRollOuts.map(r => r[name]))
  return {
    name: threshold < 1 ? `${steps}, threshold ${threshold}` : `${steps}`,
    isFixed: threshold === 1,
    clips: lines.length,
    longRollOuts: longRollOuts.length,
    passes: mean(lines.map(line => line.passes)),
    frame4: mean(lines.map(line => line.frame4)),
    gain4: mean(over('frame4')),
    error4: errorOf(over('frame4')),
    frame8: mean(lines.map(line => line.frame8)),
    delta4: mean(lines.map(line => line.delta4)),
    gainDelta: mean(over('delta4')),
    errorDelta: errorOf(over('delta4')),
    ms: ofLong('ms'),
    whole64: ofLong('whole64'),
    whole256: ofLong('whole256'),
    entropy64: ofLong('entropy64'),
    entropy256: ofLong('entropy256'),
    entropyReal: ofLong('entropyReal'),
  }
}

/** @param {Summary[]} rows */
function table(rows) {
  const signed = (/** @type {number} */ gain, /** @type {number} */ error) =>
    `${gain < 0 ? '−' : '+'}${Math.abs(gain).toFixed(1)} ± ${error.toFixed(1)}`
  const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(0)} %`
  const head = [
    'steps',
    'passes',
    'ms',
    'frame 4, dB',
    'over 4 steps',
    'frame 8, dB',
    'Δ₄PSNR, dB',
    'over 4 steps',
    'one whole character, frames 1–64',
    '193–256',
    'entropy, frame 64',
    '256',
  ]
  const cells = rows.map(r => [
    r.name,
    r.passes.toFixed(1),
    r.ms.toFixed(0),
    r.frame4.toFixed(1),
    r.name === '4' ? '' : signed(r.gain4, r.error4),
    r.frame8.toFixed(1),
    r.delta4.toFixed(1),
    r.name === '4' ? '' : signed(r.gainDelta, r.errorDelta),
    percent(r.whole64),
    percent(r.whole256),
    r.entropy64.toFixed(1),
    r.entropy256.toFixed(1),
  ])
  return [head, head.map(() => '---'), ...cells].map(row => `| ${row.join(' | ')} |`).join('\n')
}

/** An SVG chart of frame-4 PSNR against milliseconds, both axes labelled. @param {string} world @param {Summary[]} rows */
function chart(world, rows) {
  const [width, height, left, right, top, bottom] = [520, 300, 54, 24, 30, 46]
  const ends = rows.flatMap(r => [r.frame4 - r.error4, r.frame4 + r.error4])
  const [low, high] = [Math.floor(Math.min(...ends)), Math.ceil(Math.max(...ends))]
  const most = Math.max(...rows.map(r => r.ms)) * 1.05
  const least = Math.min(...rows.map(r => r.ms)) / 1.2
  const x = (/** @type {number} */ ms) =>
    left + (Math.log(ms / least) / Math.log(most / least)) * (width - left - right)
  const y = (/** @type {number} */ dB) => height - bottom - ((dB - low) / (high - low)) * (height - top - bottom)
  const text = (/** @type {number} */ px, /** @type {number} */ py, /** @type {string} */ words, more = '') =>
    `<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" ${more}>${words}</text>`
  const marks = rows.map(({ name, isFixed, ms, frame4, error4 }) => {
    const color = isFixed ? '#6d4aff' : '#d98200'
    const [px, py] = [x(ms).toFixed(1), y(frame4).toFixed(1)]
    const bar = `<path d="M${px} ${y(frame4 - error4).toFixed(1)}V${y(frame4 + error4).toFixed(1)}" stroke="${color}"/>`
    const label = name.replace('threshold ', '')
    return `${bar}<circle cx="${px}" cy="${py}" r="4" fill="${color}"/>${text(x(ms) + 6, y(frame4) + (isFixed ? 14 : -6), label, `fill="${color}"`)}`
  })
  const line = rows
    .filter(r => r.isFixed)
    .map(r => `${x(r.ms).toFixed(1)},${y(r.frame4).toFixed(1)}`)
    .join(' ')
  const ticks = [10, 20, 50, 100, 200, 500].filter(ms => ms > least && ms < most)
  const decibels = Array.from({ length: high - low + 1 }, (_, i) => low + i).filter(
    (_, i) => i % Math.ceil((high - low) / 6) === 0,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/><path d="M${left} ${top}V${height - bottom}H${width - right}" fill="none" stroke="#999"/>`,
    text(left, 18, `${world}: PSNR of frame 4, dB`, 'fill="#333"'),
    ...decibels.map(dB => text(left - 8, y(dB) + 4, `${dB}`, 'text-anchor="end" fill="#333"')),
    ...ticks.map(ms => text(x(ms), height - bottom + 16, `${ms}`, 'text-anchor="middle" fill="#333"')),
    text(
      (left + width - right) / 2,
      height - 8,
      'milliseconds per frame, lavapipe on two CPU cores',
      'text-anchor="middle" fill="#333"',
    ),
    `<polyline points="${line}" fill="none" stroke="#6d4aff" stroke-width="1.5"/>`,
    ...marks,
    text(width - right, 18, 'fixed steps', 'text-anchor="end" fill="#6d4aff"'),
    text(width - right - 76, 18, 'steps, threshold', 'text-anchor="end" fill="#d98200"'),
    '</svg>\n',
  ].join('')
}

const sections = readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .toSorted()
  .map(file => {
    const world = file.replace('.jsonl', '')
    const lines = readFileSync(`${folder}/${file}`, 'utf8')
      .trim()
      .split('\n')
      .map(line => /** @type {Line} */ (JSON.parse(line)))
    const at = (/** @type {{ steps: number, threshold: number }} */ { steps, threshold }) =>
      lines.filter(line => line.steps === steps && line.threshold === threshold)
    const base = new Map(at(BASE).map(line => [line.clip, line]))
    const settings = [
      ...new Map(lines.map(({ steps, threshold }) => [`${steps} ${threshold}`, { steps, threshold }])).values(),
    ]
    const rows = settings
      .toSorted((a, b) => b.threshold - a.threshold || a.steps - b.steps)
      .map(setting =>
        summaryOf(
          at(setting).filter(({ clip }) => base.has(clip)),
          base,
        ),
      )
    writeFileSync(`${root}docs/quality/${world}.svg`, chart(world, rows))
    // For the play page.
    const measured = rows
      .filter(({ isFixed }) => isFixed)
      .map(({ name, ms, frame4 }) => ({ steps: Number(name), ms: Math.round(ms), dB: Math.round(10 * frame4) / 10 }))
    writeFileSync(`${root}docs/quality/${world}.json`, `${JSON.stringify(measured, undefined, 2)}\n`)
    const { clips, longRollOuts, entropyReal } = /** @type {Summary} */ (rows[0])
    const loads = lines.map(({ load }) => load).toSorted((a, b) => a - b)
    const load = /** @type {number} */ (loads[loads.length >> 1])
    return [
      `## ${world}`,
      `![PSNR of frame 4 against milliseconds, for fixed steps and thresholds](quality/${world}.svg)`,
      `${clips} clips; ${longRollOuts} of them were also rolled out for 256 frames, and timed. ${lines[0]?.adapter}. The median load average was ${load.toFixed(0)} on two cores, so times compare with each other only. A frame of the clips has an entropy of ${entropyReal.toFixed(1)} bits.`,
      table(rows),
    ].join('\n\n')
  })

const page = [
  '# Quality against decoding steps',
  'Written by `node tools/quality_chart.mjs` from what `node tools/quality_curve.mjs MODEL_DIR CLIPS.safetensors` measured.',
  `Every setting plays the same clips of levels that training never saw, from the same prompt with the same seed. [Δ₄PSNR](model.md#8-training) compares play with the inferred actions with play with random ones. "Over 4 steps" is the mean difference to 4 fixed steps, clip by clip, and its standard error. The chart's bars show that error. Passes are the decoding steps that a frame took: with a threshold it ends early. Milliseconds are from \`step\` to done: the best of three rounds of 8 frames, with the settings taking turns. Long roll-outs are 256 frames under random keys. Their entropy is that of a frame's tokens, in bits; it falls when terrain becomes flat.`,
  ...sections,
]
writeFileSync(`${root}docs/quality.md`, `${page.join('\n\n')}\n`)
console.log('docs/quality.md is written.')
