// Plays a world for a measurement: prompts it with frames of a clip, steps through a list of actions, reads the frames back.

import type { World } from '../world/world.ts'

/** A picture [H, W, 3] of values 0 … 1. */
export type Picture = Float32Array<ArrayBuffer>

/** Prompts with consecutive frames u8 [n, H, W, 3]. @returns the last one as the world shows it */
export async function promptWith(world: World, rgb: Uint8Array): Promise<Picture> {
  const { height, width } = world.config.frame
  const size = height * width
  const images = Array.from({ length: rgb.length / (3 * size) }, (_, t) => {
    const data = new Uint8Array(4 * size).fill(255)
    for (let i = 0; i < size; i++) data.set(rgb.subarray(3 * (t * size + i), 3 * (t * size + i) + 3), 4 * i)
    return { height, width, data }
  })
  await world.prompt(images)
  return readPicture(world)
}

/** Plays actions from the world's current state. @returns the frames that they lead to */
export async function rollOut(world: World, actions: Iterable<number>, onFrame: () => void): Promise<Picture[]> {
  const frames: Picture[] = []
  for (const action of actions) {
    await world.ready
    world.step(action)
    frames.push(await readPicture(world))
    onFrame()
  }
  return frames
}

/** Holds each action for `frames` frames from the world's current state, and restores that state after each. */
export async function rollOutHeld(
  world: World,
  actions: readonly number[],
  frames: number,
  onFrame: () => void,
): Promise<Picture[][]> {
  const start = world.save()
  const plays: Picture[][] = []
  for (const action of actions) {
    plays.push(await rollOut(world, Array<number>(frames).fill(action), onFrame))
    world.restore(start)
  }
  start.dispose()
  return plays
}

export async function readPicture(world: World): Promise<Picture> {
  const rgba = await world.read()
  const picture = new Float32Array((rgba.length / 4) * 3)
  for (let i = 0; i < picture.length; i++) picture[i] = rgba[4 * Math.floor(i / 3) + (i % 3)]! / 255
  return picture
}

/** Pictures as bytes, u8 [n, H, W, 3]. */
export function bytesOf(pictures: readonly Picture[]): Uint8Array {
  const size = pictures[0]?.length ?? 0
  const bytes = new Uint8Array(pictures.length * size)
  for (const [t, picture] of pictures.entries())
    bytes.set(
      picture.map(value => Math.round(255 * value)),
      t * size,
    )
  return bytes
}
