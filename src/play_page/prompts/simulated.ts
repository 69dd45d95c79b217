// Pictures of simulated worlds, drawn here: games with random skins, and the robot arm. Their looks are held out: no training clip has them.

import { armClip } from '../../../arcade/arm/clips.ts'
import { skinClip } from '../../../arcade/skins/clips.ts'
import { drawRgb } from '../arcade_screen.ts'
import type { Picture } from './pictures.ts'

/** A frame in the course of play. */
const FRAME = 8
const SEED = 2026
/** Clips of that seed, by what shows well. */
const [SIDE, TOP, ARM] = [
  [0, 1, 2],
  [0, 1],
  [0, 1, 2],
]

export async function simulatedPictures(): Promise<Picture[]> {
  const skins = (['side', 'top'] as const).flatMap(view =>
    (view === 'side' ? SIDE : TOP).map(async (index, i): Promise<Picture> => {
      const { frames } = await skinClip(SEED, index, FRAME + 1, { heldOut: true, pictures: undefined, view })
      return {
        name: `${view === 'side' ? 'Side' : 'Top'} ${i + 1}`,
        kind: 'skin',
        note: 'A game with a random look, which the training data does not have',
        canvas: drawRgb(lastFrame(frames)),
      }
    }),
  )
  const arms = ARM.map(async (index, i): Promise<Picture> => {
    const { frames } = await armClip(SEED, index, FRAME + 1, true)
    const note = 'A simulated robot arm and blocks, in colours that the training data does not have'
    return { name: `Table ${i + 1}`, kind: 'arm', note, canvas: drawRgb(lastFrame(frames)) }
  })
  return Promise.all([...skins, ...arms])
}

const lastFrame = (frames: Uint8Array) => frames.subarray((frames.length / (FRAME + 1)) * FRAME)
