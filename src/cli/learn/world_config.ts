// The config.json of a world that `djinn learn` makes: a preset, or the shape of another world, with the video's own frame and name. Names
// and keys of another world are not carried over.

import { basename, extname } from 'node:path'
import { checkTrainable } from '../../families/families.ts'
import { sectionOfCrop } from '../../media/crop.ts'
import type { VideoChoices } from '../../media/video_proposal.ts'
import type { Config } from '../../model/config.ts'
import { presetConfig } from '../../training/presets.ts'
import { readConfig } from '../model_files.ts'
import type { Proposal } from './proposal.ts'

/** The text of config.json. */
export async function worldConfig(video: string, proposal: Proposal, from: string | undefined): Promise<string> {
  const { crop, size, rate, model, codes, actions } = proposal
  const frame = { height: size.height, width: size.width, rate }
  const base: Config = from === undefined ? presetConfig(model, { frame, codes }) : await readConfig(from)
  const { format, tokenizer, latent_action, dynamics, sampling } = base
  const config = {
    format,
    name: basename(video, extname(video)),
    frame,
    tokenizer,
    latent_action: { ...latent_action, actions },
    dynamics,
    sampling,
    video: sectionOfCrop(crop),
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

/** The text of config.json of a world of the shape of another one. */
export async function worldConfigOf(from: string, name: string): Promise<string> {
  const { format, frame, tokenizer, latent_action, dynamics, sampling } = await readConfig(from)
  return `${JSON.stringify({ format, name, frame, tokenizer, latent_action, dynamics, sampling }, undefined, 2)}\n`
}

/** What another world decides where the person has not, so that its weights fit: its frame size and number of actions; and its tokenizer. */
export async function givenBy(from: string, given: VideoChoices): Promise<VideoChoices> {
  const config = await readConfig(from)
  checkTrainable(config, from)
  const { width, height } = config.frame
  return { size: { width, height }, actions: config.latent_action.actions, ...given, tokenizer: config.tokenizer }
}
