// Frames to be written: u8 [n, height, width, 3], and their enlargement for viewing.

export interface Frames {
  count: number
  height: number
  width: number
  data: Uint8Array // [count, height, width, 3]
}

/** Each pixel as `scale` × `scale` pixels. */
export function enlarge({ count, height, width, data }: Frames, scale: number): Frames {
  if (scale === 1) return { count, height, width, data }
  const large = new Uint8Array(data.length * scale * scale)
  let at = 0
  for (let row = 0; row < count * height; row++) {
    const begin = at
    for (let x = 0; x < width; x++) {
      const pixel = data.subarray(3 * (row * width + x), 3 * (row * width + x) + 3)
      for (let i = 0; i < scale; i++, at += 3) large.set(pixel, at)
    }
    const line = large.subarray(begin, at)
    for (let j = 1; j < scale; j++, at += line.length) large.set(line, at)
  }
  return { count, height: height * scale, width: width * scale, data: large }
}
