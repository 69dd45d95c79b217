// A picture from the camera, taken in a dialog. The camera is on only while the dialog is open.

import { messageOf } from '../gpu/errors.ts'
import { find } from '../ui/dom.ts'
import { ownPicture, type Picture } from './prompts/pictures.ts'

const WANTED: MediaStreamConstraints = { video: { facingMode: 'environment', width: { ideal: 640 } }, audio: false }

export class Camera {
  private readonly video: HTMLVideoElement
  private stream: MediaStream | undefined

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly onTaken: (picture: Picture) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    this.video = find<HTMLVideoElement>(dialog, 'video')
    find(dialog, '#camera-take').addEventListener('click', () => this.take())
    find(dialog, '#camera-close').addEventListener('click', () => dialog.close())
    dialog.addEventListener('close', () => this.end())
  }

  async open(): Promise<void> {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(WANTED)
      this.video.srcObject = this.stream
      this.dialog.showModal()
      await this.video.play()
    } catch (error) {
      this.end()
      this.onError(new Error(`The camera could not be opened: ${messageOf(error)}. Choose a file instead.`))
    }
  }

  private take(): void {
    const { video } = this
    if (video.videoWidth === 0) return // not started yet
    const picture = ownPicture('Camera', video, video.videoWidth, video.videoHeight)
    this.dialog.close()
    this.onTaken(picture)
  }

  private end(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = undefined
    this.video.srcObject = null
  }
}
