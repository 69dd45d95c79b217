// Snapshots along a replay, to seek from. Their number is limited: when there are too many, every other one is dropped and the distance
// between them doubles.

import type { Snapshot } from '../world/snapshots.ts'
import type { World } from '../world/world.ts'

const MAX_KEYFRAMES = 16 // each holds the KV cache: about 3 MB in the shipped world
const FIRST_INTERVAL = 10 // frames

export class Keyframes {
  private snapshots: Snapshot[] = [] // by frame
  private interval = FIRST_INTERVAL

  clear(): void {
    for (const snapshot of this.snapshots) snapshot.dispose()
    this.snapshots = []
    this.interval = FIRST_INTERVAL
  }

  /** Call it with each frame. Takes a snapshot if the last one before it is far enough. */
  onFrame(world: World): void {
    const before = this.before(world.frame)
    if (before && world.frame < before.frame + this.interval) return
    this.snapshots.push(world.save())
    this.snapshots.sort((a, b) => a.frame - b.frame)
    if (this.snapshots.length <= MAX_KEYFRAMES) return
    this.interval *= 2
    const dropped = this.snapshots.filter((_, i) => i % 2 === 1)
    for (const snapshot of dropped) snapshot.dispose()
    this.snapshots = this.snapshots.filter((_, i) => i % 2 === 0)
  }

  /** The latest snapshot at or before a frame. */
  before(frame: number): Snapshot | undefined {
    return this.snapshots.findLast(snapshot => snapshot.frame <= frame)
  }
}
