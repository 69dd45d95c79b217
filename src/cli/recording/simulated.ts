// Clips of the simulators in arcade/: the platform game, games with random skins, the robot arm.

import { SCREEN as ARM_SCREEN } from '../../../arcade/arm/arm_scene.ts'
import { armClip } from '../../../arcade/arm/clips.ts'
import { type Clip, playClip } from '../../../arcade/clips.ts'
import { HEIGHT, WIDTH } from '../../../arcade/game/game.ts'
import { type SkinClip, skinClip, type View } from '../../../arcade/skins/clips.ts'
import { SCREEN } from '../../../arcade/skins/screen.ts'
import type { ClipArray, ClipPart } from '../clip_writer.ts'
import { PictureFolder } from '../picture_folder.ts'
import { showProgress } from '../progress.ts'
import { type Recorded, type Target, writeClips } from './clip_file.ts'

/** What to record. */
interface ClipRequest {
  seed: number
  clips: number
  length: number // frames per clip
  heldOut: boolean
}

export function recordArcade(target: Target, request: ClipRequest): Promise<Recorded> {
  const { seed, length, heldOut } = request
  const clips = each(request, async i => {
    const clip = playClip(seed, i, length, heldOut)
    return { frames: clip.frames, arrays: labels(clip) }
  })
  return writeClips(target, [length, HEIGHT, WIDTH], { source: 'arcade', ...about(request) }, clips)
}

/** @param folder of pictures that skins are cut from; of none, all is drawn */
export function recordSkins(
  target: Target,
  request: ClipRequest,
  view: View,
  folder: string | undefined,
): Promise<Recorded> {
  const { seed, length, heldOut } = request
  const pictures = folder === undefined ? undefined : PictureFolder.open(folder, heldOut)
  const clips = each(request, async i => {
    const clip = await skinClip(seed, i, length, { heldOut, pictures, view })
    return { frames: clip.frames, arrays: { ...labels(clip), ...looks(clip) } }
  })
  const metadata = { source: 'arcade skins', view, pictures: folder ?? 'drawn', ...about(request) }
  return writeClips(target, [length, SCREEN, SCREEN], metadata, clips)
}

export function recordArm(target: Target, request: ClipRequest): Promise<Recorded> {
  const { seed, length, heldOut } = request
  const clips = each(request, async i => {
    const { frames, ...known } = await armClip(seed, i, length, heldOut)
    const shapes = {
      actions: [length - 1, 2],
      moves: [length - 1, 2],
      hand: [length, 2],
      blocks: [length, 5, 2],
      unit: [],
    }
    const arrays = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, { values: known[name as keyof typeof shapes], shape }]),
    )
    return { frames, arrays }
  })
  return writeClips(target, [length, ARM_SCREEN, ARM_SCREEN], { source: 'arm', ...about(request) }, clips)
}

const about = ({ seed, heldOut }: ClipRequest) => ({ rate: '10', seed: `${seed}`, held_out: `${heldOut}` })

function labels({ keys, moves, player }: Clip): Record<string, ClipArray> {
  return {
    actions: { values: keys, shape: [keys.length] },
    moves: { values: moves, shape: [moves.length] },
    player: { values: player, shape: [player.length / 4, 4] },
  }
}

const looks = ({ policy, view, pace }: SkinClip): Record<string, ClipArray> => ({
  policy: { values: policy, shape: [] },
  view: { values: view, shape: [] },
  pace: { values: pace, shape: [] },
})

async function* each({ clips }: ClipRequest, clip: (index: number) => Promise<ClipPart>): AsyncGenerator<ClipPart> {
  const progress = showProgress('recording', clips, 'clips')
  for (let i = 0; i < clips; i++) {
    yield await clip(i)
    progress.advance()
  }
  progress.stop()
}
