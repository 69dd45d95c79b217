// Pixel layouts.

/** u8 RGB triples → RGBA8 words with red in the low byte and alpha 0, as patchify takes them. */
export function rgbaWords(rgb: Uint8Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(
    { length: rgb.length / 3 },
    (_, i) => rgb[3 * i]! | (rgb[3 * i + 1]! << 8) | (rgb[3 * i + 2]! << 16),
  )
}

/** RGBA bytes [H, W, 4]. */
export type RgbaPixels = Uint8ClampedArray<ArrayBuffer>

/** Adds an opaque alpha: [H, W, 3] → [H, W, 4]. */
export function rgbToRgba(rgb: Uint8Array): RgbaPixels {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255)
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) rgba.set(rgb.subarray(i, i + 3), j)
  return rgba
}

/** Drops alpha: [H, W, 4] → [H, W, 3]. */
export function rgbaToRgb(rgba: RgbaPixels): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) rgb.set(rgba.subarray(j, j + 3), i)
  return rgb
}
