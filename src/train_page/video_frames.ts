// The frames of a decoded video at a steady rate. The video is read from its beginning to its end, never by its index: a recording that was
// written to a pipe has none.

import type { VideoSample } from 'mediabunny'

/**
 * Yields the frame that is shown at first + n / rate seconds, for n = 0, 1, …, as `djinn record --video` takes them. Frames before time 0
 * were cut off by an edit list.
 * @param samples in the order of their times; each is closed here
 * @returns each sample as often as it is shown; it is valid until the next one is requested
 */
export async function* framesAtRate(samples: AsyncIterable<VideoSample>, rate: number): AsyncGenerator<VideoSample> {
  let shown: VideoSample | undefined
  let next: VideoSample | undefined
  let first = 0
  let count = 0
  let lasted = 0 // seconds of the frame before, for a frame without a duration
  const isDue = (until: number) => first + count / rate < until - TIME_ERROR
  try {
    for await (const sample of samples) {
      next = sample
      if (!shown) first = Math.max(0, sample.timestamp)
      else {
        lasted = sample.timestamp - shown.timestamp
        for (; isDue(sample.timestamp); count++) yield shown
        shown.close()
      }
      shown = sample
    }
    if (!shown) return
    for (const end = shown.timestamp + (shown.duration || lasted); isDue(end); count++) yield shown
  } finally {
    // A caller that stops early leaves both open.
    shown?.close()
    if (next !== shown) next?.close()
  }
}

/** Containers round times, WebM to milliseconds. */
const TIME_ERROR = 0.0005
