// Structural similarity (Wang et al. 2004): means, variances and covariance of two pictures under a Gaussian window of
// σ = 1.5, 11 pixels wide or as wide as the picture allows, where it lies wholly inside; the mean of all places and of the
// three channels.

const SIGMA = 1.5 // pixels
const WIDTH = 11 // pixels
const C1 = 0.01 ** 2
const C2 = 0.03 ** 2

/** SSIM of two RGB pictures [height, width, 3] of values 0 … 1: 1 where they are equal. */
export function ssim(a: ArrayLike<number>, b: ArrayLike<number>, height: number, width: number): number {
  const side = Math.min(height, width, WIDTH)
  const window = gaussian(side - 1 + (side % 2))
  let sum = 0
  for (let c = 0; c < 3; c++) {
    const x = Float64Array.from({ length: height * width }, (_, i) => a[3 * i + c]!)
    const y = Float64Array.from({ length: height * width }, (_, i) => b[3 * i + c]!)
    sum += channelSsim(x, y, height, width, window)
  }
  return sum / 3
}

function channelSsim(x: Float64Array, y: Float64Array, height: number, width: number, window: number[]): number {
  const blur = (values: Float64Array) => blurred(values, height, width, window)
  const [meanX, meanY] = [blur(x), blur(y)]
  const squareX = blur(x.map(v => v * v))
  const squareY = blur(y.map(v => v * v))
  const product = blur(x.map((v, i) => v * y[i]!))
  let sum = 0
  for (let i = 0; i < meanX.length; i++) {
    const [mx, my] = [meanX[i]!, meanY[i]!]
    const variances = squareX[i]! - mx * mx + squareY[i]! - my * my
    const covariance = product[i]! - mx * my
    sum += ((2 * mx * my + C1) * (2 * covariance + C2)) / ((mx * mx + my * my + C1) * (variances + C2))
  }
  return sum / meanX.length
}

/** Weights of an odd number of pixels, adding up to 1. */
function gaussian(length: number): number[] {
  const weights = Array.from({ length }, (_, i) => Math.exp(-((i - (length - 1) / 2) ** 2) / (2 * SIGMA * SIGMA)))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map(w => w / total)
}

/** The window over every place where it lies inside, first along rows, then along columns. */
function blurred(values: Float64Array, height: number, width: number, window: number[]): Float64Array {
  const columns = width - window.length + 1
  const rows = height - window.length + 1
  const across = new Float64Array(height * columns)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++) {
      let sum = 0
      for (let i = 0; i < window.length; i++) sum += window[i]! * values[y * width + x + i]!
      across[y * columns + x] = sum
    }
  const down = new Float64Array(rows * columns)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      let sum = 0
      for (let i = 0; i < window.length; i++) sum += window[i]! * across[(y + i) * columns + x]!
      down[y * columns + x] = sum
    }
  return down
}
