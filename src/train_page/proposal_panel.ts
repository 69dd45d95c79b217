// The proposal for a chosen video: the rectangle to keep, drawn on a frame and dragged or typed, frame size and rate, codes of the tokenizer,
// with a reason for each. Using it reads the video anew, without cuts, blank pictures and long stillness.

import { greyOf } from '../media/block_motion.ts'
import type { Crop } from '../media/crop.ts'
import { type RgbaPixels, rgbToRgba } from '../media/pixels.ts'
import { tintStill } from '../media/proposal_picture.ts'
import { type LeftOut, leftOutText, longestStretches, stretchText } from '../media/video_cuts.ts'
import { proposeForVideo, SIDE_STEP } from '../media/video_proposal.ts'
import { FRAME } from '../training/presets.ts'
import { create, find } from '../ui/dom.ts'
import { percent } from '../ui/format.ts'
import type { VideoSettings } from './clip_file.ts'
import { frameRow } from './picture_rows.ts'
import { VideoFile } from './video_file.ts'

/** The width of the shown frame in pixels. */
const WIDTH = 320
/** The longest side of a frame in pixels; sides are multiples of SIDE_STEP. */
const LONGEST = 160
/** Stretches left out of the video that are shown, the longest ones. */
const SHOWN = 8
/** No side of the rectangle is shorter, in pixels of the video. */
const LEAST = 16
const FIELDS = ['x', 'y', 'width', 'height', 'rate', 'frame-width', 'frame-height'] as const

interface ProposalEvents {
  onTake(file: File, settings: VideoSettings): void
}

export class ProposalPanel {
  private file: File | undefined
  private size = { width: 1, height: 1 } // of the video
  private picture: ImageData | undefined
  private codes: number | undefined
  private locked = false
  private isReady = false
  private readonly view: HTMLCanvasElement
  private readonly line: HTMLElement
  private readonly take: HTMLButtonElement
  private readonly leftOut: HTMLElement

  constructor(
    private readonly panel: HTMLElement,
    private readonly events: ProposalEvents,
  ) {
    this.view = find<HTMLCanvasElement>(panel, '#proposal-view')
    this.line = find(panel, '#proposal-line')
    this.leftOut = find(panel, '#left-out')
    this.take = find<HTMLButtonElement>(panel, '#proposal-take')
    this.take.addEventListener('click', () => this.taken())
    for (const name of FIELDS) this.field(name).addEventListener('input', () => this.draw())
    this.listenToDrags()
  }

  set isLocked(value: boolean) {
    this.locked = value
    this.refresh()
  }

  /** The fields can be used once there is a proposal. */
  private refresh(): void {
    const isDisabled = this.locked || !this.isReady
    for (const name of FIELDS) this.field(name).disabled = isDisabled
    this.take.disabled = isDisabled
  }

  /** @returns shows the proposal again, if there was one */
  hide(): () => void {
    const { file, isReady } = this
    this.file = undefined
    this.panel.hidden = true
    return () => {
      if (!file || !isReady) return
      this.file = file
      this.panel.hidden = false
    }
  }

  /** Looks at a video and shows what it proposes. @throws Error in one sentence when the video cannot be read, or another is looked at meanwhile */
  async look(file: File): Promise<void> {
    this.file = file
    this.panel.hidden = false
    this.isReady = false
    this.refresh()
    find(this.panel, '#proposal-reasons').replaceChildren()
    this.leftOut.replaceChildren()
    const video = await VideoFile.open(file)
    try {
      const { displayed } = video
      const { crop, size, rate, codes, reasons, still } = await proposeForVideo(
        file.name,
        displayed,
        {},
        FRAME.width * FRAME.height,
        async function* (run) {
          for await (const rgb of video.frames(run)) yield greyOf(rgb, run.height, run.width)
        },
        share => {
          if (this.file !== file) throw new Error(`${file.name}: another video was chosen.`)
          this.line.textContent = `Looking at the video: ${percent(share)}`
        },
      )
      const picture = await middleFrame(video)
      if (this.file !== file) return
      if (picture) tintStill(picture.data, 4, picture, still)
      this.picture = picture
      this.size = displayed
      this.codes = codes
      const values = { ...crop, rate, 'frame-width': size.width, 'frame-height': size.height }
      for (const name of FIELDS) this.field(name).value = `${values[name]}`
      find(this.panel, '#proposal-reasons').replaceChildren(
        ...reasons.map(reason => create('li', { textContent: reason })),
      )
      this.line.textContent = 'Drag a rectangle on the picture, or change the numbers.'
      this.isReady = true
      this.refresh()
      this.draw()
    } finally {
      video.dispose()
    }
  }

  private field(name: (typeof FIELDS)[number]): HTMLInputElement {
    return find<HTMLInputElement>(this.panel, `#proposal-${name}`)
  }

  /** The rectangle within the video, on whole pixels. */
  private get crop(): Crop {
    const number = (name: (typeof FIELDS)[number], least: number, most: number) =>
      Math.min(Math.max(Math.round(this.field(name).valueAsNumber || 0), least), most)
    const { width, height } = this.size
    const [x, y] = [number('x', 0, width - LEAST), number('y', 0, height - LEAST)]
    return {
      x,
      y,
      width: number('width', LEAST, width - x),
      height: number('height', LEAST, height - y),
      of: this.size,
    }
  }

  /** The frame with what is left out in the dark. */
  private draw(): void {
    const { picture, view } = this
    if (!picture) return
    Object.assign(view, { width: picture.width, height: picture.height })
    const context = view.getContext('2d')!
    context.putImageData(picture, 0, 0)
    const scale = view.width / this.size.width
    const { x, y, width, height } = this.crop
    const dark = new Path2D()
    dark.rect(0, 0, view.width, view.height)
    dark.rect(x * scale, y * scale, width * scale, height * scale)
    context.fillStyle = 'rgb(0 0 0 / 0.65)'
    context.fill(dark, 'evenodd')
    context.strokeStyle = '#f2a33a'
    context.lineWidth = 2
    context.strokeRect(x * scale + 1, y * scale + 1, width * scale - 2, height * scale - 2)
  }

  private listenToDrags(): void {
    const { view } = this
    let start: { x: number; y: number } | undefined
    const placeOf = (event: PointerEvent) => {
      const box = view.getBoundingClientRect()
      const along = (at: number, length: number, most: number) =>
        Math.round(Math.min(Math.max(at / length, 0), 1) * most)
      return {
        x: along(event.clientX - box.x, box.width, this.size.width),
        y: along(event.clientY - box.y, box.height, this.size.height),
      }
    }
    view.addEventListener('pointerdown', event => {
      if (this.take.disabled) return
      start = placeOf(event)
      view.setPointerCapture(event.pointerId)
    })
    view.addEventListener('pointermove', event => {
      if (!start) return
      const at = placeOf(event)
      const values = {
        x: Math.min(start.x, at.x),
        y: Math.min(start.y, at.y),
        width: Math.max(LEAST, Math.abs(at.x - start.x)),
        height: Math.max(LEAST, Math.abs(at.y - start.y)),
      }
      for (const name of ['x', 'y', 'width', 'height'] as const) this.field(name).value = `${values[name]}`
      this.draw()
    })
    for (const end of ['pointerup', 'pointercancel'] as const)
      view.addEventListener(end, () => {
        start = undefined
      })
  }

  private taken(): void {
    const { file, crop, codes } = this
    if (!file || codes === undefined) return
    const bad = FIELDS.map(name => this.field(name)).find(field => !field.checkValidity())
    if (bad) {
      this.line.textContent = `${bad.labels![0]!.textContent!.trim()}: enter ${bad.min} to ${bad.max}${bad.step === `${SIDE_STEP}` ? `, a multiple of ${SIDE_STEP}` : ''}.`
      bad.focus()
      return
    }
    const side = (name: 'frame-width' | 'frame-height') => Math.min(this.field(name).valueAsNumber, LONGEST)
    const frame = { width: side('frame-width'), height: side('frame-height'), rate: this.field('rate').valueAsNumber }
    this.events.onTake(file, { frame, crop, codes })
  }

  /** Says what was left out of a file, and shows a frame of each of the longest stretches. */
  async showLeftOut(file: File, { frame, crop }: VideoSettings, leftOut: LeftOut): Promise<void> {
    this.line.textContent = leftOutText(leftOut, frame.rate)
    const stretches = longestStretches(leftOut, SHOWN)
    const pictures: RgbaPixels[] = []
    const video = await VideoFile.open(file)
    try {
      for (const { first, end } of stretches) {
        const from = Math.floor((first + end) / 2) / frame.rate
        const request = { ...frame, ...(crop && { crop }), from, seconds: 1 / frame.rate }
        for await (const rgb of video.frames(request)) pictures.push(rgbToRgba(rgb))
      }
    } finally {
      video.dispose()
    }
    const places = stretches.map(stretch => create('li', { textContent: stretchText(stretch, frame.rate) }))
    this.leftOut.replaceChildren()
    if (this.file === file && pictures.length > 0)
      this.leftOut.replaceChildren(frameRow(pictures, frame, 'Left out'), create('ol', {}, ...places))
  }
}

/** A frame from the middle of the video. */
async function middleFrame(video: VideoFile): Promise<ImageData | undefined> {
  const { width, height, seconds, rate } = video.displayed
  const view = { width: WIDTH, height: Math.max(1, Math.round((WIDTH * height) / width)) }
  const from = Number.isFinite(seconds) ? seconds / 2 : 0
  for await (const rgb of video.frames({ ...view, rate, from, seconds: 1 / rate }))
    return new ImageData(rgbToRgba(rgb), view.width, view.height)
  return
}
