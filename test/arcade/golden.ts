// Seven clips of the arcade as one run of bytes, and their SHA-256 as it was when worlds were trained on them.

import { playClip } from '../../arcade/clips.ts'
import { joined } from '../../src/weights/safetensors.ts'

export const GOLDEN = 'bf0f450d40a151e8e71e93b28e0de6fe28e543690ab9c604b3c0f3fb9d530444'

export function clipBytes(): Uint8Array<ArrayBuffer> {
  const parts = Array.from({ length: 7 }, (_, i) => playClip(1, i, 50))
    .flatMap(({ frames, actions, moves, player }) => [frames, actions, moves, player])
    .map(a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
  return joined(parts)
}
