// The origin of a world on the play page, from which it also starts over: a picture, or the recording of a share link.

import type { PromptPicture } from '../ui/session.ts'
import type { ModelSource } from '../weights/model_source.ts'
import type { LinkedReplay } from './links.ts'
import type { Picture } from './prompts/pictures.ts'

export type Origin = Picture | LinkedReplay

export const isReplay = (origin: Origin): origin is LinkedReplay => 'recording' in origin

/** The picture at the beginning. Undefined for a link that does not name it. */
export const pictureOf = (origin: Origin): PromptPicture | undefined => (isReplay(origin) ? origin.picture : origin)

/** The model of an address. `mine` is the world trained in this browser. Reading it takes training code, which play does not load. */
export function modelAt(address: string): URL | ModelSource {
  if (address !== 'mine') return new URL(address, document.baseURI)
  const open = async (file: string) => {
    const { trainedWorld } = await import('../ui/project.ts')
    return (await trainedWorld()).open(file)
  }
  return { name: 'the world trained here', open }
}
