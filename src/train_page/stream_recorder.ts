// Records a stream of the screen or a camera as a video file, so that it can be analysed, and read again, like a chosen file.

/** How often the browser hands over what it recorded, ms. What it holds itself is in memory. */
const PART_MILLISECONDS = 5000

/**
 * Starts to record.
 * @returns a function that ends the recording; it gives the file, or undefined where the browser cannot record or nothing came
 */
export function recordStream(stream: MediaStream, name: string): () => Promise<File | undefined> {
  let recorder: MediaRecorder
  try {
    recorder = new MediaRecorder(stream)
    recorder.start(PART_MILLISECONDS)
  } catch {
    return async () => undefined
  }
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const stopped = new Promise(resolve => recorder.addEventListener('stop', resolve))
  return async () => {
    // The end of its tracks may have stopped it.
    if (recorder.state !== 'inactive') recorder.stop()
    await stopped
    const video = new Blob(parts, { type: recorder.mimeType })
    return video.size > 0 ? new File([video], name, { type: video.type }) : undefined
  }
}
