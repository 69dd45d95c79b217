// A video as raw frames, by way of the program ffmpeg: one frame at a time, so that the video's length does not matter.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * The frames of `path` at `rate` a second, as they are displayed: upright, with square pixels, scaled to fill and cropped about the
 * centre. Frame n is the one that is on n / rate seconds after the first, as on train.html.
 * @returns frames [height, width, 3], each on memory that the next one does not touch
 * @throws Error in one sentence when ffmpeg is missing or cannot read the file
 */
export function videoFrames(path: string, rate: number, width: number, height: number): AsyncGenerator<Uint8Array> {
  const filters = [
    'setpts=PTS-STARTPTS',
    `fps=${rate}:round=up`,
    "scale='max(1,round(iw*sar))':ih:flags=area",
    'setsar=1',
    `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=area`,
    `crop=${width}:${height}`,
  ]
  return readFrames(path, ['-vf', filters.join(','), '-pix_fmt', 'rgb24'], width * height * 3)
}

/**
 * The frames of `path` as they are, as three planes [3, height, width] that are not converted: for video that holds something
 * else than luminance and colour differences.
 */
export function videoPlanes(path: string, width: number, height: number): AsyncGenerator<Uint8Array> {
  return readFrames(path, ['-pix_fmt', 'yuv444p', '-fps_mode', 'passthrough'], width * height * 3)
}

/** @param size bytes of a frame under these options of ffmpeg */
async function* readFrames(path: string, options: string[], size: number): AsyncGenerator<Uint8Array> {
  const wanted = ['-map', '0:V:0', ...options, '-f', 'rawvideo', 'pipe:1']
  const ffmpeg = spawn('ffmpeg', ['-nostdin', '-v', 'error', '-i', `file:${path}`, ...wanted], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(ffmpeg, 'close').catch((error: NodeJS.ErrnoException) => error)
  let complaint = ''
  ffmpeg.stderr.setEncoding('utf8').on('data', text => {
    complaint = (complaint + text).slice(0, 2000)
  })
  let frame = new Uint8Array(size)
  let filled = 0
  try {
    for await (const chunk of ffmpeg.stdout) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + size - filled)
        frame.set(part, filled)
        filled += part.length
        at += part.length
        if (filled < size) continue
        yield frame
        frame = new Uint8Array(size)
        filled = 0
      }
    }
    const end = await ended
    if (end instanceof Error)
      throw new Error(
        end.code === 'ENOENT'
          ? 'Videos are read by the program ffmpeg: install the Debian package `ffmpeg`'
          : end.message,
      )
    if (/matches no streams/.test(complaint)) throw new Error(`${path} has no pictures: it is not a video`)
    if (end[0] !== 0)
      throw new Error(
        `ffmpeg cannot read ${path}: ${complaint.trim().split('\n').at(-1) || `it ended with code ${end[0]}`}`,
      )
  } finally {
    ffmpeg.kill()
  }
}
