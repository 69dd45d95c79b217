// Share links: `#recording=RECORDING` (`#dream=` is read, too), with the picture that it starts from: `&from=NAME` of one of the page's
// own pictures, or `&poster=IMAGE`, a thumbnail. A link without a picture is valid.

import type { PromptPicture } from '../ui/session.ts'
import { FormatError } from '../weights/format_error.ts'
import { decodeRecording, encodeRecording, type Recording } from '../world/recording.ts'

const THUMBNAIL = 32 // pixels, both ways
const MAX_POSTER = 4000 // characters
const IMAGE = /^(png|webp)\.([\w-]+)$/

/** A recording, and the picture that it starts from, if the link names it. */
export interface LinkedReplay {
  recording: Recording
  picture: PromptPicture | undefined
}

/** Whether an address's fragment is a share link. */
export const isLink = (fragment: string) => recordingOf(new URLSearchParams(fragment.slice(1))) !== null

const recordingOf = (parameters: URLSearchParams) => parameters.get('recording') ?? parameters.get('dream')

/**
 * Reads a share link's fragment.
 * @param pictures the page's own pictures
 * @throws FormatError when the recording is not valid
 */
export async function readLink(fragment: string, pictures: readonly PromptPicture[]): Promise<LinkedReplay> {
  const parameters = new URLSearchParams(fragment.slice(1))
  const text = recordingOf(parameters)
  if (text === null) throw new FormatError('the link has no recording: it needs #recording=…')
  const recording = decodeRecording(text)
  const poster = parameters.get('poster')
  const picture = poster ? await decodePoster(poster) : pictures.find(({ name }) => name === parameters.get('from'))
  return { recording, picture }
}

/** A share link for a recording. `isOwn`: the page has no picture of this name. */
export function makeLink(page: string, recording: Recording, picture: PromptPicture | undefined, isOwn: boolean): URL {
  const parameters = new URLSearchParams({ recording: encodeRecording(recording) })
  if (picture && isOwn) parameters.set('poster', encodePoster(picture.canvas))
  else if (picture) parameters.set('from', picture.name)
  const url = new URL(page)
  url.hash = parameters.toString()
  return url
}

/** HTML that shows a link's world in another page. There play_page/main.ts marks the page as framed, and ui/stage.css hides all but the world. */
export const frameHtml = (link: URL) =>
  `<iframe src="${link.href.replaceAll('&', '&amp;')}" title="A generated world" width="480" height="530" style="border: 0" allow="gamepad"></iframe>`

/** A thumbnail as text: `webp.BASE64`, in the alphabet of addresses. */
function encodePoster(canvas: HTMLCanvasElement): string {
  const small = document.createElement('canvas')
  small.width = small.height = THUMBNAIL
  const context = small.getContext('2d')!
  const scale = Math.max(THUMBNAIL / canvas.width, THUMBNAIL / canvas.height)
  const [width, height] = [canvas.width * scale, canvas.height * scale]
  context.imageSmoothingQuality = 'high'
  context.drawImage(canvas, (THUMBNAIL - width) / 2, (THUMBNAIL - height) / 2, width, height)
  const [, type, data] = small.toDataURL('image/webp', 0.5).match(/^data:image\/(\w+);base64,(.*)$/)!
  return `${type}.${data!.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
}

/** Undefined when the text is not a picture: the replay does not need it. */
async function decodePoster(text: string): Promise<PromptPicture | undefined> {
  const match = text.length <= MAX_POSTER ? text.match(IMAGE) : null
  if (!match) return undefined
  try {
    const bytes = Uint8Array.from(atob(match[2]!.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: `image/${match[1]}` }))
    const canvas = document.createElement('canvas')
    canvas.width = image.width
    canvas.height = image.height
    canvas.getContext('2d')!.drawImage(image, 0, 0)
    return { name: 'of the link', canvas }
  } catch {
    return undefined
  }
}
