// Value noise in octaves: about the 1/f spectrum of photographs. Plain sums of interpolated lattices, no FFT.
import type { Pcg } from '../../src/random.ts'
import { random01, uniform } from './random_choice.ts'
import { type Colour, createRaster, type Raster } from './raster.ts'

/**
 * Values around −1 … 1, [height, width]. Each octave has half the lattice step and `gain` times the amplitude of the one before.
 * @param coarsest lattice step of the first octave, pixels
 */
export function fractalNoise(random: Pcg, width: number, height: number, coarsest = 32, gain = 0.55): Float32Array {
  const out = new Float32Array(width * height)
  let strength = 1
  for (let step = coarsest; step >= 1; step /= 2, strength *= gain) {
    const across = Math.ceil(width / step) + 2
    const lattice = Float32Array.from(
      { length: across * (Math.ceil(height / step) + 2) },
      () => 2 * random01(random) - 1,
    )
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / step)
      const v = smooth(y / step - row)
      for (let x = 0; x < width; x++) {
        const column = Math.floor(x / step)
        const u = smooth(x / step - column)
        const at = row * across + column
        const above = lattice[at] + (lattice[at + 1] - lattice[at]) * u
        const below = lattice[at + across] + (lattice[at + across + 1] - lattice[at + across]) * u
        out[y * width + x] += strength * (above + (below - above) * v)
      }
    }
  }
  return out
}

const smooth = (t: number): number => t * t * (3 - 2 * t)

/** A noise texture around a colour. One field changes brightness, a second one hue. */
export function noiseTexture(random: Pcg, width: number, height: number, colour: Colour, contrast: number): Raster {
  const coarsest = 1 << random.between(2, 6)
  const gain = uniform(random, 0.4, 0.8)
  const light = fractalNoise(random, width, height, coarsest, gain)
  const hue = fractalNoise(random, width, height, 32, 0.4)
  const pull = [uniform(random, -1, 1), uniform(random, -1, 1), uniform(random, -1, 1)]
  const out = createRaster(width, height)
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const value = ((colour >> (16 - 8 * c)) & 255) + contrast * (light[i] + 0.6 * pull[c] * hue[i])
      out.data[4 * i + c] = Math.max(0, Math.min(255, value))
    }
    out.data[4 * i + 3] = 255
  }
  return out
}
