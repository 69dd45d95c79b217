// Still frames of the arcade to prompt a world with: the first frames of a few seeds, one per theme.
import { Game, HEIGHT, WIDTH } from './game.ts'

/** One per theme, in the order of `themes.ts`; the last two are of held-out themes. */
export const STILLS: readonly { theme: string; seed: number; heldOut: boolean; start: number }[] = [
  { theme: 'meadow', seed: 2, heldOut: false, start: 22 },
  { theme: 'night', seed: 172, heldOut: false, start: 12 },
  { theme: 'dunes', seed: 29, heldOut: false, start: 31 },
  { theme: 'frost', seed: 50, heldOut: false, start: 58 },
  { theme: 'jungle', seed: 92, heldOut: false, start: 52 },
  { theme: 'dusk', seed: 162, heldOut: false, start: 62 },
  { theme: 'candy', seed: 26, heldOut: true, start: 10 },
  { theme: 'ruin', seed: 18, heldOut: true, start: 14 },
]

/** The first picture of a game, RGB [64, 64, 3]. */
export function still({ seed, heldOut, start }: { seed: number; heldOut?: boolean; start?: number }): Uint8Array {
  const rgb = new Uint8Array(HEIGHT * WIDTH * 3)
  new Game(seed, { heldOut, start }).render(rgb)
  return rgb
}
