// Clips as one run of bytes, and their SHA-256: of seven clips of the arcade as it was when worlds were trained on them, and of skins
// and the arm, so that a change to how they look is not made without noticing.

import { armClip } from '../../arcade/arm/clips.ts'
import { playClip } from '../../arcade/clips.ts'
import { skinClip } from '../../arcade/skins/clips.ts'
import { joined } from '../../src/weights/safetensors.ts'

export const GOLDEN = 'bf0f450d40a151e8e71e93b28e0de6fe28e543690ab9c604b3c0f3fb9d530444'

export function clipBytes(): Uint8Array<ArrayBuffer> {
  const parts = Array.from({ length: 7 }, (_, i) => playClip(1, i, 50))
    .flatMap(({ frames, keys, moves, player }) => [frames, keys, moves, player])
    .map(a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
  return joined(parts)
}

export const SKINS_GOLDEN = 'e563d3c2e4584c6f19606978dba786ffc0559b4b323545efb74f8d04da2d38f8'

/** Twelve clips in skins, from the side and from above, and three of the arm. */
export async function skinBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  const add = (...arrays: (Uint8Array | Int32Array | Float32Array)[]) => {
    for (const a of arrays) parts.push(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
  }
  for (let i = 0; i < 12; i++) {
    const { frames, keys, moves, player } = await skinClip(1, i, 20, {
      view: 'both',
      heldOut: false,
      pictures: undefined,
    })
    add(frames, keys, moves, player)
  }
  for (let i = 0; i < 3; i++) {
    const { frames, actions, moves, hand, blocks } = await armClip(1, i, 20, false)
    add(frames, actions, moves, hand, blocks)
  }
  return joined(parts)
}
