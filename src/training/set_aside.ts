// Clips that training does not see. The health of the world is measured on them.

import { type Clips, selectClips } from './data/clips.ts'

/** One clip in this many is set aside. */
const EVERY = 10
/** With fewer clips than this all are trained on, and measured. */
const FEW = 10

/**
 * Sets every tenth clip aside. With few clips it sets none aside, and both parts hold all clips. `trained` are the indices of the clips
 * in `train`.
 */
export function setAside(clips: Clips): { train: Clips; aside: Clips; trained: number[]; isSeen: boolean } {
  const all = Array.from({ length: clips.clips }, (_, clip) => clip)
  if (clips.clips < FEW) return { train: clips, aside: clips, trained: all, isSeen: true }
  const isAside = (clip: number) => clip % EVERY === EVERY - 1
  const trained = all.filter(clip => !isAside(clip))
  return {
    train: selectClips(clips, trained),
    trained,
    aside: selectClips(clips, all.filter(isAside)),
    isSeen: false,
  }
}
