// The game's drawings, 8×8 pixels each. A letter is an ink (`themes.ts`), a dot is transparent. Neighbouring tiles come in pairs, so
// that a texture repeats after 16 pixels and a scroll by half a tile shows its direction.
import { Back, Cell } from './level.ts'
import type { Texture } from './themes.ts'

/** 64 letters, row by row. */
export type Drawing = string

const HEAD = '..RRRR...RRRRRR..RRFFFF..RFFKFK..RFFFFF.'

/** The player, facing right: standing, two strides, in the air. */
export const PLAYER = {
  stand: `${HEAD}.YYYYYY..RRRRRR...K..K..`,
  strideA: `${HEAD}.YYYYYY..RRRRRR..K....K.`,
  strideB: `${HEAD}.YYYYYY..RRRRRR....KK...`,
  air: `${HEAD}YYYYYYY..RRRRRRKK.......`,
} satisfies Record<string, Drawing>

/** A slime at rest and in its hop, facing right. */
export const SLIME = {
  rest: '..........................PPPP...PPPPPP.PPPWKPWKPPPWKPWKpppppppp',
  hop: '..........PPPP...PPPPPP..PPWKPWK.PPWKPWK.PPPPPP..PPPPPP..pppppp.',
} satisfies Record<string, Drawing>

const TRIM_A = 'tttttttttttttttttuttuttt'
const TRIM_B = 'tttttttttttttttttttutttu'

/** The ground's body, left and right half of its 16 pixels. */
const GROUND: Record<Texture, [Drawing, Drawing]> = {
  earth: [
    'aaaaaaaaaabbaaaaaabbaaaaaaaaaaaaaaaaaeaaaaaaaaaaabaaaaaaaaaaaaaa',
    'aaaaaaaaaaaaaaaaaaaeeaaaaaaeeaaaaaaaaaaaaaaaaaaaaaaabbaaaaaaaaaa',
  ],
  brick: [
    'eeeeeeeeaaaaaaaaaaaaaaaabbbbbbbbeeeebeeeaaaabaaaaaaabaaabbbbbbbb',
    'eeeeeeebaaaaaaabaaaaaaabbbbbbbbbeeeebeeeaaaabaaaaaaabaaabbbbbbbb',
  ],
  stone: [
    'eeeeeeeeeaaaaaaaeaaaaaaaeaaaaaaaeaaaaaaaeaaaaaaaeaaaaaaabbbbbbbb',
    'eeeeeeebaaaaaaabaaaaaaabaaaaaaabaaaaaaabaaaaaaabaaaaaaabbbbbbbbb',
  ],
  strata: [
    'aaaaaaaaaaaaaaaabbbbbbaaaaaaaaaaaaaaaaaaaaaaeeeeaaaaaaaaaaaaaaaa',
    'aaaaaaaaaaaaaaaaaabbbbbbaaaaaaaaaaaaaaaaeeaaaaaaaaaaaaaaaaaaaaaa',
  ],
}

const BLOCK: Drawing = 'mmmmmmmnmmmmmmmnmmnnnnmnmmnmmmmnmmnmmmmnmmmmmmmnmmmmmmmnnnnnnnnn'
const PLATFORM: Drawing = 'mmmmmmmmmmmmmmmmmmmmmmmnnnnnnnnn.n....n.........................'
const SPIKES: Drawing = '.................S...S...S...S..SSs.SSs.SSs.SSs.SSssSSssssssssss'
const COIN: Drawing = '..........GGGG...GLLGGg..GLGGGg..GLGGGg..GGGGGg...gggg..........'
const FLAG: Drawing = '...SGGGG...SGGGG...SGGGG...SGGG....S.......S.......S.......S....'
const POLE: Drawing = '...S.......S.......S.......S.......S.......S.......S......sss...'
const PLANT: Drawing = '..........................tt......tt..t...tt.tt..t.ttt...ttttt..'

/** The pair of drawings (even column, odd column) for a cell. */
export function cellDrawings(cell: number, texture: Texture): [Drawing, Drawing] {
  const [left, right] = GROUND[texture]
  switch (cell) {
    case Cell.Ground:
      return [left, right]
    case Cell.Top:
      return [TRIM_A + left.slice(24), TRIM_B + right.slice(24)]
    case Cell.Block:
      return [BLOCK, BLOCK]
    case Cell.Platform:
      return [PLATFORM, PLATFORM]
    case Cell.Spikes:
      return [SPIKES, SPIKES]
    case Cell.Coin:
      return [COIN, COIN]
    case Cell.Flag:
      return [FLAG, FLAG]
    case Cell.Pole:
      return [POLE, POLE]
    case Cell.Plant:
      return [PLANT, PLANT]
    default:
      return ['.'.repeat(64), '.'.repeat(64)]
  }
}

/** The drawing between a cell and the sky. */
export function backDrawing(back: number): Drawing {
  switch (back) {
    case Back.CloudLeft:
      return '....................cccc...ccccc..cccccc.ccccccc.ccccccc........'
    case Back.Cloud:
      return '..cccc..cccccccccccccccccccccccccccccccccccccccccccccccc........'
    case Back.CloudRight:
      return '................cccc....ccccc...cccccc..ccccccc.ccccccc.........'
    case Back.HillUp:
      return '.......h......hh.....hhh....hhhh...hhhhh..hhhhhh.hhhhhhhhhhhhhhh'
    case Back.HillDown:
      return 'h.......hh......hhh.....hhhh....hhhhh...hhhhhh..hhhhhhh.hhhhhhhh'
    case Back.Hill:
      return 'h'.repeat(64)
    default:
      return '.'.repeat(64)
  }
}
