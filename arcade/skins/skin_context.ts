// The context that all painters of a skin share: random generator, palette, pictures.

import type { Random } from '../../src/random.ts'
import type { Palette } from '../drawing/palette.ts'
import type { PictureSampler } from './picture_sampler.ts'

export interface SkinContext {
  random: Random
  palette: Palette
  pictures: PictureSampler
}
