// The split into training clips and held-out clips. The health of the world is measured on the held-out ones.

import { type Clips, selectClips } from './data/clips.ts'

/** One clip in this many is held out. */
const EVERY = 10
/** With fewer clips than this all are trained on, and measured. */
const FEW = 10

/**
 * Holds out every tenth clip. With few clips it holds out none, and both parts are all clips. `trained` are the indices of the clips
 * in `train`.
 */
export function splitHeldOut(clips: Clips): { train: Clips; heldOut: Clips; trained: number[]; isSeen: boolean } {
  const all = Array.from({ length: clips.clips }, (_, clip) => clip)
  if (clips.clips < FEW) return { train: clips, heldOut: clips, trained: all, isSeen: true }
  const isHeldOut = (clip: number) => clip % EVERY === EVERY - 1
  const trained = all.filter(clip => !isHeldOut(clip))
  return {
    train: selectClips(clips, trained),
    trained,
    heldOut: selectClips(clips, all.filter(isHeldOut)),
    isSeen: false,
  }
}
