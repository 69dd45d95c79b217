// The look of a level. A theme has a colour for each ink of `art.ts`, and one of four ground textures. The characters' inks are the
// same in every theme, and no theme's ground is close to the player's red.

export type Texture = 'earth' | 'brick' | 'stone' | 'strata'

export interface Theme {
  name: string
  texture: Texture
  /** Colours, 0xRRGGBB, by ink. Sky: 1 high, 2 middle, 3 low. */
  inks: Record<string, number>
}

/** Inks of the figures: player (R hood, r its shade, F face, K eyes and boots, Y scarf), coin, slime, spikes, flag. */
const FIGURES = {
  R: 0xe6303c,
  r: 0xa81c34,
  F: 0xffe0b8,
  K: 0x241626,
  Y: 0xffffff,
  G: 0xffd23c,
  g: 0xd98a12,
  L: 0xfff6b0,
  P: 0x8f46d8,
  p: 0x5c2496,
  W: 0xffffff,
  S: 0xe8ecf4,
  s: 0x8a93ac,
}

function theme(
  name: string,
  texture: Texture,
  [high, middle, low]: [number, number, number],
  cloud: number,
  hill: number,
  [soil, dark, light]: [number, number, number],
  [trim, shade]: [number, number],
  [wood, edge]: [number, number],
): Theme {
  const scenery = {
    1: high,
    2: middle,
    3: low,
    c: cloud,
    h: hill,
    a: soil,
    b: dark,
    e: light,
    t: trim,
    u: shade,
    m: wood,
    n: edge,
  }
  return { name, texture, inks: { ...FIGURES, ...scenery } }
}

export const THEMES: readonly Theme[] = [
  theme(
    'meadow',
    'earth',
    [0x62b8ee, 0x8ccff5, 0xb8e4fa],
    0xffffff,
    0x86c98e,
    [0x96613c, 0x74472c, 0xb17a4e],
    [0x4cb13c, 0x2f8434],
    [0xc98b4a, 0x8a5a2c],
  ),
  theme(
    'night',
    'stone',
    [0x12183a, 0x1a2350, 0x243066],
    0x3a4884,
    0x2e3c78,
    [0x5f74ac, 0x43548a, 0x7e93c8],
    [0x6fe0cf, 0x36a39c],
    [0x9a86c8, 0x64508e],
  ),
  theme(
    'dunes',
    'strata',
    [0x58c4c8, 0x93dbd0, 0xd3f0d6],
    0xf4fff4,
    0xe8d59a,
    [0xd9a552, 0xb98238, 0xecc27a],
    [0xf9e3a0, 0xd8b060],
    [0x9c6a4a, 0x6c442e],
  ),
  theme(
    'frost',
    'brick',
    [0x9cc3e4, 0xbcd8ee, 0xdcecf8],
    0xffffff,
    0xa9c6de,
    [0x5d80ae, 0x436390, 0x7d9cc4],
    [0xffffff, 0xc2dcf0],
    [0x7a5c58, 0x50393a],
  ),
  theme(
    'jungle',
    'brick',
    [0x10352f, 0x16463a, 0x1f5a46],
    0x2a6b50,
    0x2b7250,
    [0x6a5a48, 0x4c3f34, 0x887560],
    [0x9be24e, 0x5aa832],
    [0xc8a052, 0x86662c],
  ),
  theme(
    'dusk',
    'earth',
    [0x4a3a86, 0x8a5aa0, 0xd88aa4],
    0xf0b4b8,
    0x6e4a8c,
    [0x3c3060, 0x2a2148, 0x54447e],
    [0xffb45c, 0xc87a44],
    [0x9a7ad0, 0x60448e],
  ),
]

/** Used only with `heldOut`, to test worlds that were trained on the others. */
export const HELD_OUT_THEMES: readonly Theme[] = [
  theme(
    'candy',
    'stone',
    [0xffb8dc, 0xffcfe6, 0xffe6f0],
    0xffffff,
    0xf8a0c8,
    [0x7ac4b4, 0x54a090, 0xa4e0d0],
    [0xffffff, 0xd0f0e8],
    [0xb08ad8, 0x7a58a8],
  ),
  theme(
    'ruin',
    'strata',
    [0x3c4034, 0x50543f, 0x6a6c4c],
    0x7c7e5c,
    0x585c42,
    [0x8c8a7c, 0x66645a, 0xacaa9a],
    [0xc8d070, 0x8c9440],
    [0x5e7e8e, 0x3c5462],
  ),
]
