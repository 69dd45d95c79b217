// A picture from the camera, taken in a dialog. The stream ends with the dialog.

import { byId } from '../ui/dom.ts'
import { ownPicture, type Picture } from './prompts/pictures.ts'

const WANTED: MediaStreamConstraints = { video: { facingMode: 'environment', width: { ideal: 640 } }, audio: false }

export class Camera {
  private readonly dialog = byId<HTMLDialogElement>('camera')
  private readonly video = byId<HTMLVideoElement>('camera-video')
  private stream: MediaStream | undefined

  constructor(
    private readonly onTaken: (picture: Picture) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    byId('camera-open').addEventListener('click', () => this.open())
    byId('camera-take').addEventListener('click', () => this.take())
    byId('camera-close').addEventListener('click', () => this.dialog.close())
    this.dialog.addEventListener('close', () => this.end())
  }

  private async open(): Promise<void> {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(WANTED)
      this.video.srcObject = this.stream
      this.dialog.showModal()
      await this.video.play()
    } catch (error) {
      this.end()
      const reason = error instanceof Error ? error.message : String(error)
      this.onError(new Error(`The camera could not be opened: ${reason}. A file does as well.`))
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
