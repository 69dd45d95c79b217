// Frames as an animated GIF that loops.
import { createRequire } from 'node:module'
import { enlarge, type Frames } from './frames.ts'

// gifenc is CommonJS whose names an import cannot see under Node.
const { applyPalette, GIFEncoder, quantize }: typeof import('gifenc') = createRequire(import.meta.url)('gifenc')

const COLOURS = 256

/** The file's bytes. `rate`: frames per second, which GIF rounds to hundredths of a second per frame. */
export function encodeGif(frames: Frames, rate: number, scale = 1): Uint8Array {
  const { count, height, width, data } = enlarge(frames, scale)
  const gif = GIFEncoder()
  const size = height * width
  const rgba = new Uint8Array(4 * size).fill(255)
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < size; i++) rgba.set(data.subarray(3 * (n * size + i), 3 * (n * size + i) + 3), 4 * i)
    const { palette, indices } = exactColours(rgba) ?? nearestColours(rgba)
    gif.writeFrame(indices, width, height, { palette, delay: 1000 / rate })
  }
  gif.finish()
  return gif.bytes()
}

interface Indexed {
  palette: number[][]
  indices: Uint8Array
}

/** The picture with a palette of all its colours, where a palette can hold them. */
function exactColours(rgba: Uint8Array): Indexed | undefined {
  const known = new Map<number, number>()
  const indices = new Uint8Array(rgba.length / 4)
  for (let i = 0; i < indices.length; i++) {
    const colour = (rgba[4 * i] << 16) | (rgba[4 * i + 1] << 8) | rgba[4 * i + 2]
    let index = known.get(colour)
    if (index === undefined) {
      if (known.size === COLOURS) return undefined
      index = known.size
      known.set(colour, index)
    }
    indices[i] = index
  }
  return { palette: [...known.keys()].map(c => [c >> 16, (c >> 8) & 255, c & 255]), indices }
}

function nearestColours(rgba: Uint8Array): Indexed {
  const palette = quantize(rgba, COLOURS)
  return { palette, indices: applyPalette(rgba, palette) }
}
