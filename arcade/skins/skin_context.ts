// The context that all painters of a skin share: random generator, palette, pictures.

import type { Pcg } from '../../src/random.ts'
import type { Palette } from '../drawing/palette.ts'
import type { PictureSampler } from './picture_sampler.ts'

export interface SkinContext {
  random: Pcg
  palette: Palette
  pictures: PictureSampler
}
