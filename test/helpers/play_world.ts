// Plays a world frame by frame.

import type { World } from '../../src/world/world.ts'

/** Steps through `actions` from where the world is. @returns every played frame's tokens */
export async function playedTokens(world: World, actions: readonly number[]): Promise<number[][]> {
  const frames: number[][] = []
  for (const action of actions) {
    await world.ready
    world.step(action)
    frames.push([...(await world.tokens())])
  }
  return frames
}
