// What every painter of a skin works with.

import type { Random } from '../../src/random.ts'
import type { Palette } from '../drawing/palette.ts'
import type { Supply } from './supply.ts'

export interface Brush {
  random: Random
  palette: Palette
  supply: Supply
}
