// Previews of a component in training, as pictures made from its current weights.

import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type RgbaPixels, rgbaWords, rgbToRgba } from '../media/pixels.ts'
import type { ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import { LatentActionModel } from '../model/latent_action.ts'
import { Tokenizer } from '../model/tokenizer.ts'
import type { Clips } from '../training/data/clips.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { World } from '../world/world.ts'

/** Rows of pictures, each with a label. */
export type Preview = { label: string; pictures: RgbaPixels[] }[]

const EXAMPLES = 6 // reconstructions
const CHANGED = 2 // pictures that latent actions change
const ROLLOUT_FRAMES = 5

/** Frames at even distances over all clips, RGB [H, W, 3]. */
export async function exampleFrames(clips: Clips, count: number): Promise<Uint8Array[]> {
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * clips.clips * clips.length) / count))
  return Promise.all(places.map(at => clips.frames(Math.floor(at / clips.length), at % clips.length, 1)))
}

/** Frames of the video, and their reconstructions by the tokenizer. */
async function reconstructions(gpu: Gpu, config: Config, open: OpenFile, clips: Clips): Promise<Preview> {
  const originals = await exampleFrames(clips, EXAMPLES)
  return gpu.withScope(async gpu => {
    const tokenizer = await Tokenizer.load(gpu, config, await open('tokenizer.safetensors'))
    const { pictures, pixels, frameInfo } = allocatePreview(gpu, config, originals)
    const codes = gpu.tensor('codes', [EXAMPLES * tokenizer.tokensPerFrame], 'i32')
    const program = new Program(gpu, 'reconstructions')
    tokenizer.encode(
      program,
      pictures,
      { frameInfo, framesPerClip: 1, cache: tokenizer.encoderKvCache(EXAMPLES) },
      codes,
    )
    tokenizer.decode(program, codes, { frameInfo, framesPerClip: 1, cache: tokenizer.decoderKvCache(EXAMPLES) }, pixels)
    await program.build()
    program.run()
    return [
      { label: 'video', pictures: originals.map(rgbToRgba) },
      { label: 'reconstruction', pictures: await readPictures(gpu, pixels) },
    ]
  })
}

/** Pictures, and the latent action model's prediction for each action. */
async function actionEffects(gpu: Gpu, config: Config, open: OpenFile, clips: Clips): Promise<Preview> {
  const { actions } = config.latent_action
  const before = await exampleFrames(clips, CHANGED)
  return gpu.withScope(async gpu => {
    const model = await LatentActionModel.load(gpu, config, await open('latent_action.safetensors'))
    const { pictures, pixels, frameInfo, count } = allocatePreview(
      gpu,
      config,
      before.flatMap(frame => new Array<Uint8Array>(actions).fill(frame)),
    )
    const codes = gpu.tensor('actions', [count], 'i32')
    gpu.write(
      codes,
      Int32Array.from({ length: count }, (_, i) => i % actions),
    )
    const program = new Program(gpu, 'action effects')
    model.decode(program, pictures, codes, { frameInfo, framesPerClip: 1, cache: model.decoderKvCache(count) }, pixels)
    await program.build()
    program.run()
    const after = await readPictures(gpu, pixels)
    return before.map((frame, i) => ({
      label: 'before, then after each action',
      pictures: [rgbToRgba(frame), ...after.slice(i * actions, (i + 1) * actions)],
    }))
  })
}

/** A short rollout of the world for each action, from one picture. */
async function rollOuts(gpu: Gpu, _: Config, open: OpenFile, clips: Clips): Promise<Preview> {
  const [start] = await exampleFrames(clips, 1)
  const world = await World.load(
    { name: 'the world in training', open },
    { device: gpu.device, precision: 'f32', tune: false },
  )
  try {
    const { height, width } = world.config.frame
    await world.prompt({ width, height, data: rgbToRgba(start!) })
    const snapshot = world.save()
    const rows: Preview = []
    for (let action = 0; action < world.actions; action++) {
      world.restore(snapshot)
      const pictures = [await world.read()]
      while (pictures.length <= ROLLOUT_FRAMES) {
        world.step(action)
        pictures.push(await world.read())
      }
      rows.push({ label: `action ${action}`, pictures })
    }
    return rows
  } finally {
    world.dispose()
  }
}

/** The preview of each component. `open` gives the world's files, with the component's current weights. */
export const PREVIEWS: Record<
  ComponentName,
  (gpu: Gpu, config: Config, open: OpenFile, clips: Clips) => Promise<Preview>
> = { tokenizer: reconstructions, latent_action: actionEffects, dynamics: rollOuts }

/** Tensors that hold the pictures, each as a clip of one frame. */
function allocatePreview(gpu: Gpu, { frame }: Config, frames: readonly Uint8Array[]) {
  const count = frames.length
  const shape = [count, frame.height, frame.width]
  const pictures = gpu.tensor('pictures', shape, 'u32')
  const words = new Uint32Array(pictures.length)
  for (const [i, rgb] of frames.entries()) words.set(rgbaWords(rgb), (i * words.length) / count)
  gpu.write(pictures, words)
  const pixels = gpu.tensor('pixels', [...shape, 3], 'f32')
  return { count, pictures, pixels, frameInfo: gpu.tensor('frameInfo', [2 + count], 'i32') }
}

async function readPictures(gpu: Gpu, pixels: Tensor): Promise<RgbaPixels[]> {
  const values = new Float32Array(await gpu.read(pixels))
  const [count, height, width] = pixels.shape as [number, number, number]
  const bytes = 3 * height * width
  return Array.from({ length: count }, (_, i) =>
    rgbToRgba(Uint8Array.from(values.subarray(i * bytes, (i + 1) * bytes), v => Math.round(255 * v))),
  )
}
