// What a world is prompted with: pictures, or the first frame of a clip (`CLIP.safetensors`, `CLIP.safetensors#3`).
import { ClipReader } from './clip_reader.ts'
import { fitImage, type Image, readImage } from './images.ts'

/** Reads one prompt and makes it a frame of the given size. @throws Error in one sentence that names the file */
export async function readPrompt(prompt: string, width: number, height: number): Promise<Image> {
  const clip = prompt.match(/^(.*\.safetensors)(?:#(\d+))?$/i)
  const image = clip ? await firstFrame(clip[1], Number(clip[2] ?? 0)) : await readImage(prompt)
  return fitImage(image, width, height)
}

async function firstFrame(path: string, clip: number): Promise<Image> {
  const reader = await ClipReader.open(path)
  try {
    const rgb = await reader.frames(clip, 0, 1)
    const data = new Uint8Array((rgb.length / 3) * 4).fill(255)
    for (let i = 0; i < rgb.length / 3; i++) data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
    return { width: reader.width, height: reader.height, data }
  } finally {
    await reader.close()
  }
}
