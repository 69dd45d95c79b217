// Prompts of a world: pictures, or the frames of a clip (`CLIP.safetensors`; `CLIP.safetensors#3` for its clip 3,
// `CLIP.safetensors#3:8` for that clip's first eight frames).
import { ClipReader } from './clip_reader.ts'
import { fitImage, type Image, readImage } from './images.ts'

/** Reads one prompt and makes it frames of the given size. @throws Error in one sentence that names the file */
export async function readPrompt(prompt: string, width: number, height: number): Promise<Image[]> {
  const clip = prompt.match(/^(.*\.safetensors)(?:#(\d+)(?::(\d+))?)?$/i)
  const images = clip ? await clipFrames(clip[1], Number(clip[2] ?? 0), clip[3]) : [await readImage(prompt)]
  return images.map(image => fitImage(image, width, height))
}

async function clipFrames(path: string, clip: number, count: string | undefined): Promise<Image[]> {
  const reader = await ClipReader.open(path)
  try {
    const { width, height, length } = reader
    const frames = count === undefined ? length : Number(count)
    if (frames < 1 || frames > length)
      throw new RangeError(`${path} has clips of ${length} frames, asked for the first ${count}`)
    const rgb = await reader.frames(clip, 0, frames)
    return Array.from({ length: frames }, (_, t) => {
      const data = new Uint8Array(4 * width * height).fill(255)
      for (let i = 0; i < width * height; i++) {
        const at = 3 * (t * width * height + i)
        data.set(rgb.subarray(at, at + 3), 4 * i)
      }
      return { width, height, data }
    })
  } finally {
    await reader.close()
  }
}
