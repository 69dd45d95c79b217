// Rasters: small RGBA pictures with the operations that skins need. All arithmetic is +, −, ×, ÷ and square roots, which IEEE 754
// rounds the same way on every machine.

/** RGBA [height, width, 4], straight alpha. */
export interface Raster {
  width: number
  height: number
  data: Uint8Array
}

/** 0xRRGGBB. */
export type Colour = number

/** A raster of one colour, transparent by default. */
export function createRaster(width: number, height: number, colour?: Colour): Raster {
  const raster = { width, height, data: new Uint8Array(4 * width * height) }
  if (colour !== undefined)
    for (let i = 0; i < width * height; i++) blendPixel(raster.data, 4 * i, colour >> 16, colour >> 8, colour, 255)
  return raster
}

/** Blends a colour over the pixel at byte `at`. Only the low eight bits of each channel count. */
export function blendPixel(data: Uint8Array, at: number, r: number, g: number, b: number, alpha: number): void {
  const below = data[at + 3]
  if (alpha === 0) return
  if (alpha === 255 || below === 0) {
    data[at] = r
    data[at + 1] = g
    data[at + 2] = b
    data[at + 3] = alpha
    return
  }
  const kept = (below * (255 - alpha)) / 255
  const total = alpha + kept
  data[at] = ((r & 255) * alpha + data[at] * kept) / total
  data[at + 1] = ((g & 255) * alpha + data[at + 1] * kept) / total
  data[at + 2] = ((b & 255) * alpha + data[at + 2] * kept) / total
  data[at + 3] = total
}

/** Blends `picture` over `onto`, its upper left corner at the integers (x, y). */
export function paste(onto: Raster, picture: Raster, x: number, y: number): void {
  for (let j = Math.max(0, -y); j < Math.min(picture.height, onto.height - y); j++)
    for (let i = Math.max(0, -x); i < Math.min(picture.width, onto.width - x); i++) {
      const from = 4 * (j * picture.width + i)
      const { data } = picture
      const to = 4 * ((y + j) * onto.width + x + i)
      blendPixel(onto.data, to, data[from], data[from + 1], data[from + 2], data[from + 3])
    }
}

/** A rectangle in pixels. */
interface Rect {
  x: number
  y: number
  width: number
  height: number
}

/** Resizes a part, by default the whole: area averages when it shrinks, linear interpolation when it grows. */
export function resize(picture: Raster, width: number, height: number, part?: Rect): Raster {
  const { x, y, width: w, height: h } = part ?? { x: 0, y: 0, width: picture.width, height: picture.height }
  const columns = spans(x, w, width, picture.width)
  const rows = spans(y, h, height, picture.height)
  const out = createRaster(width, height)
  const { data } = picture
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      let [r, g, b, a, total] = [0, 0, 0, 0, 0]
      const [row, column] = [rows[j], columns[i]]
      for (let v = 0; v < row.weights.length; v++)
        for (let u = 0; u < column.weights.length; u++) {
          const at = 4 * ((row.first + v) * picture.width + column.first + u)
          const weight = row.weights[v] * column.weights[u]
          const alpha = weight * data[at + 3]
          r += alpha * data[at]
          g += alpha * data[at + 1]
          b += alpha * data[at + 2]
          a += alpha
          total += weight
        }
      if (a > 0) out.data.set([r / a + 0.5, g / a + 0.5, b / a + 0.5, a / total + 0.5], 4 * (j * width + i))
    }
  return out
}

/** Per output pixel: the first source pixel and the weights from there on. */
function spans(start: number, length: number, to: number, limit: number): { first: number; weights: number[] }[] {
  const scale = length / to
  const reach = Math.max(1, scale) / 2
  return Array.from({ length: to }, (_, k) => {
    const centre = start + (k + 0.5) * scale
    const [low, high] = [centre - reach, centre + reach]
    const first = Math.min(Math.max(Math.floor(low), 0), limit - 1)
    const last = Math.min(Math.max(Math.ceil(high) - 1, first), limit - 1)
    const weights = Array.from({ length: last - first + 1 }, (_, n) =>
      Math.max(0, Math.min(high, first + n + 1) - Math.max(low, first + n)),
    )
    return weights.some(w => w > 0) ? { first, weights } : { first, weights: weights.map(() => 1) }
  })
}

/** Halves width and height by averaging 2×2 pixels. */
export function downsample2x({ width, height, data }: Raster): Raster {
  const out = createRaster(width >> 1, height >> 1)
  for (let y = 0; y < out.height; y++)
    for (let x = 0; x < out.width; x++) {
      const at = 4 * (2 * y * width + 2 * x)
      const four = [at, at + 4, at + 4 * width, at + 4 * width + 4]
      const alpha = data[four[0] + 3] + data[four[1] + 3] + data[four[2] + 3] + data[four[3] + 3]
      if (alpha === 0) continue
      const to = 4 * (y * out.width + x)
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (const from of four) sum += data[from + c] * data[from + 3]
        out.data[to + c] = sum / alpha + 0.5
      }
      out.data[to + 3] = alpha / 4 + 0.5
    }
  return out
}

export function flipHorizontal({ width, height, data }: Raster): Raster {
  const out = createRaster(width, height)
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const from = 4 * (j * width + width - 1 - i)
      out.data.set(data.subarray(from, from + 4), 4 * (j * width + i))
    }
  return out
}

/** Rotates by 90° clockwise. */
export function rotate90({ width, height, data }: Raster): Raster {
  const out = createRaster(height, width)
  for (let j = 0; j < width; j++)
    for (let i = 0; i < height; i++) {
      const from = 4 * ((height - 1 - i) * width + j)
      out.data.set(data.subarray(from, from + 4), 4 * (j * height + i))
    }
  return out
}

/** Adds a line of one pixel around the opaque pixels. The result is one pixel larger on each side. */
export function addOutline(picture: Raster, colour: Colour): Raster {
  const out = createRaster(picture.width + 2, picture.height + 2)
  const solid = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < picture.width && y < picture.height && picture.data[4 * (y * picture.width + x) + 3] > 127
  for (let y = 0; y < out.height; y++)
    for (let x = 0; x < out.width; x++) {
      const near = solid(x - 2, y - 1) || solid(x, y - 1) || solid(x - 1, y - 2) || solid(x - 1, y)
      if (near) blendPixel(out.data, 4 * (y * out.width + x), colour >> 16, colour >> 8, colour, 255)
    }
  paste(out, picture, 1, 1)
  return out
}

/** The bounding box of the opaque pixels, or undefined if there are none. */
export function opaqueBounds({ width, height, data }: Raster): Rect | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (data[4 * (y * width + x) + 3] < 64) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

/** Statistics of a picture's opaque pixels. */
export interface ColourStats {
  colour: [r: number, g: number, b: number]
  brightness: number // 0 … 255
  spread: number // standard deviation of brightness
}

/** Alpha-weighted statistics. */
export function colourStats({ data }: Raster): ColourStats {
  const sum = [0, 0, 0]
  let [total, squares] = [0, 0]
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]
    for (let c = 0; c < 3; c++) sum[c] += data[i + c] * alpha
    const light = 0.3 * data[i] + 0.59 * data[i + 1] + 0.11 * data[i + 2]
    squares += light * light * alpha
    total += alpha
  }
  const [r, g, b] = sum.map(v => v / Math.max(1, total))
  const brightness = 0.3 * r + 0.59 * g + 0.11 * b
  const spread = Math.sqrt(Math.max(0, squares / Math.max(1, total) - brightness * brightness))
  return { colour: [r, g, b], brightness, spread }
}

/** Maps every pixel's [r, g, b] in place. */
export function mapColours(
  picture: Raster,
  change: (rgb: [number, number, number], x: number, y: number) => readonly [number, number, number],
): void {
  const { data, width } = picture
  for (let i = 0; i < data.length; i += 4) {
    const at = i >> 2
    const rgb = change([data[i], data[i + 1], data[i + 2]], at % width, Math.floor(at / width))
    for (let c = 0; c < 3; c++) data[i + c] = Math.max(0, Math.min(255, rgb[c]))
  }
}
