// The shipped worlds that a training can start from. The browser keeps a copy of their files for the training, as `start.FILE`.

import { configOf, type OtherWorld } from '../fine_tuning/other_world.ts'
import type { Config } from '../model/config.ts'
import type { VideoShape } from '../training/presets.ts'
import { fileSource, type Project, START_FILES, startName } from '../ui/project.ts'
import { FormatError } from '../weights/format_error.ts'
import { urlSource } from '../weights/model_source.ts'
import { joined } from '../weights/safetensors.ts'

export interface StartWorld {
  name: string
  /** For people. */
  title: string
  address: string
}

/** Frames of all of them. Positions are weights, so those of another size do not fit. */
const FRAME = { height: 64, width: 64 }

export const START_WORLDS: readonly StartWorld[] = [
  { name: 'foundation', title: 'Any picture: learns from many games', address: 'weights/foundation/' },
  { name: 'platformer', title: 'The platform game', address: 'weights/platformer/' },
]

export const canStart = ({ frame }: VideoShape): boolean => frame.height === FRAME.height && frame.width === FRAME.width

/** The world that is chosen at first; undefined for none. On a software adapter a step of a large world takes seconds. */
export const firstStart = (video: VideoShape, isSoftwareAdapter: boolean): StartWorld | undefined =>
  isSoftwareAdapter || !canStart(video) ? undefined : START_WORLDS[0]

/** The config of a training on a video that starts from a world. Its name, keys and words are not carried over. */
export async function startConfig({ address }: StartWorld, { frame }: VideoShape): Promise<Config> {
  const { open, name } = urlSource(address)
  const other = await configOf({ name, open, has: async () => true })
  const { format, tokenizer, latent_action, dynamics, sampling } = other
  return { format, name: 'mine', frame, tokenizer, latent_action, dynamics, sampling }
}

/** Copies a world's files into the browser's storage. @throws FormatError when one cannot be fetched; Error when there is no room */
export async function keepStart(project: Project, { address }: StartWorld): Promise<void> {
  const { open } = urlSource(address)
  for (const file of START_FILES) {
    const parts: Uint8Array[] = []
    for await (const part of (await open(file)).stream()) parts.push(part)
    await project.write(startName(file), joined(parts))
  }
}

/** The world that a stored training starts from. */
export const keptStart = (project: Project, name: string): OtherWorld => ({
  name,
  has: async file => (await project.file(startName(file))) !== undefined,
  async open(file) {
    const kept = await project.file(startName(file))
    if (!kept) throw new FormatError(`${file} of ${name}, from which this training starts, is not in this browser`)
    return fileSource(kept)
  },
})
