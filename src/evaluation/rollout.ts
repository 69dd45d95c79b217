// A world played for a measurement: prompted with frames of a clip, then led by a list of actions, its frames read back.
import type { World } from '../world/world.ts'

/** A picture [H, W, 3] of values 0 … 1. */
export type Picture = Float32Array<ArrayBuffer>

/** Prompts with frames u8 [n, H, W, 3] that follow one another, and gives the last as the world draws it. */
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

/** Plays actions on from where the world is; gives the frames they lead to. */
export async function rollOut(world: World, actions: Iterable<number>, played: () => void): Promise<Picture[]> {
  const frames: Picture[] = []
  for (const action of actions) {
    await world.ready
    world.step(action)
    frames.push(await readPicture(world))
    played()
  }
  return frames
}

/** Holds each action for `frames` frames from where the world is, which it is returned to in between. */
export async function rollOutHeld(
  world: World,
  actions: readonly number[],
  frames: number,
  played: () => void,
): Promise<Picture[][]> {
  const start = world.save()
  const plays: Picture[][] = []
  for (const action of actions) {
    plays.push(await rollOut(world, Array<number>(frames).fill(action), played))
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
