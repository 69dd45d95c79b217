// Pixel layouts.

/** u8 RGB triples → RGBA8 words with red in the low byte and alpha 0, as patchify takes them. */
export function rgbaWords(rgb: Uint8Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(
    { length: rgb.length / 3 },
    (_, i) => rgb[3 * i]! | (rgb[3 * i + 1]! << 8) | (rgb[3 * i + 2]! << 16),
  )
}
