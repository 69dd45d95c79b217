// Reference adapters: one JSON file each in adapters/, as the benchmark page or `djinn bench --adapter` writes it. To add one, put its
// file there and add a line here; test/bench/adapters.node.test.ts checks it.

import lavapipe from './adapters/lavapipe.json' with { type: 'json' }
import swiftshader from './adapters/swiftshader.json' with { type: 'json' }
import type { AdapterCost } from './cost.ts'

export const FORMAT = 'djinn-adapter-1'

/** A frame that was measured: tokens per frame, and width, layers and decoding steps of the dynamics. */
export interface CostPoint {
  tokens: number
  width: number
  layers: number
  steps: number
  /** Milliseconds of a played frame: the median. */
  ms: number
}

export interface AdapterFile {
  format: typeof FORMAT
  /** What the adapter calls itself. */
  name: string
  /** The browser or program that ran it, and how time was taken. */
  browser: string
  precision: 'f16' | 'f32'
  date: string
  /** A frame of a shipped world, which the cost model was not fitted to. */
  world: { name: string; ms: number; predicted: number }
  cost: AdapterCost
  /** Relative errors of the cost model at points that it was not fitted to. */
  error: { median: number; worst: number }
  points: CostPoint[]
}

export const ADAPTERS: readonly AdapterFile[] = [swiftshader, lavapipe] as AdapterFile[]

/** Vendor and architecture: `google swiftshader`. */
const kindOf = (name: string) => name.toLowerCase().split(' ').slice(0, 2).join(' ')

/** The reference adapter of the same vendor and architecture, at the same precision, among those given and those shipped. */
export function referenceOf(
  name: string,
  precision: string,
  more: readonly AdapterFile[] = [],
): AdapterFile | undefined {
  return [...more, ...ADAPTERS].find(known => kindOf(known.name) === kindOf(name) && known.precision === precision)
}
