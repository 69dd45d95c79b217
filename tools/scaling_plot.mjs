// The charts of bench/RESULTS.md: time and memory of a frame against what is varied.

/**
 * An SVG chart of milliseconds and MiB over one axis, each from 0.
 * @param {string} what @param {{ x: number, ms: number, bytes: number }[]} points
 */
export function scalingPlot(what, points) {
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
