// A video as raw frames, by way of the program ffmpeg: one frame at a time, so that the video's length does not matter.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Rectangle } from '../media/video_survey.ts'

/** Which part of a video is read; all of it where nothing is said. */
interface VideoPart {
  /** In pixels of the video as it is displayed. */
  crop?: Rectangle
  /** Seconds from the first frame on, and how many of them. */
  from?: number
  seconds?: number
}

/**
 * The frames of `path` at `rate` per second, as they are displayed: upright, with square pixels, scaled to fill and cropped about the
 * centre. Frame n is the one displayed n / rate seconds after the first. The training page (train.html) samples video alike.
 * @returns frames [height, width, 3], each in memory of its own
 * @throws Error in one sentence when ffmpeg is missing or cannot read the file
 */
export function videoFrames(
  path: string,
  rate: number,
  width: number,
  height: number,
  { crop, from, seconds }: VideoPart = {},
): AsyncGenerator<Uint8Array> {
  const filters = [
    'setpts=PTS-STARTPTS',
    `fps=${rate}:round=up`,
    "scale='max(1,round(iw*sar))':ih:flags=area",
    'setsar=1',
    ...(crop ? [`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}:exact=1`] : []),
    `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=area`,
    `crop=${width}:${height}`,
  ]
  const output = ['-vf', filters.join(','), '-pix_fmt', 'rgb24']
  if (seconds !== undefined) output.push('-t', `${seconds}`)
  return readFrames(path, output, width * height * 3, from === undefined ? [] : ['-ss', `${from}`])
}

/** A video as it is displayed. */
interface VideoFacts {
  width: number // pixels, square ones
  height: number
  rate: number // frames per second
  seconds: number
}

/** @throws Error in one sentence when ffprobe is missing or the file is not a video */
export async function probeVideo(path: string): Promise<VideoFacts> {
  const wanted =
    'stream=width,height,sample_aspect_ratio,avg_frame_rate,duration:stream_side_data=rotation:format=duration'
  let text = ''
  await probe(path, wanted, 'json', part => {
    text += part
  })
  const { streams, format } = JSON.parse(text)
  const [stream] = streams ?? []
  if (!stream?.width) throw new Error(`${path} has no pictures: it is not a video`)
  const ratio = (value: string | undefined, fallback: number) => {
    const [above, below] = (value ?? '').split(/[:/]/).map(Number)
    return above! > 0 && below! > 0 ? above! / below! : fallback
  }
  const turned = stream.side_data_list?.some((data: { rotation?: number }) => Math.abs(data.rotation ?? 0) % 180 === 90)
  const [width, height] = [Math.round(stream.width * ratio(stream.sample_aspect_ratio, 1)), stream.height as number]
  const rate = ratio(stream.avg_frame_rate, 30)
  return {
    width: turned ? stream.height : width,
    height: turned ? Math.round(stream.width * ratio(stream.sample_aspect_ratio, 1)) : height,
    rate,
    seconds: Number(stream.duration) || Number(format?.duration) || (await secondsOfPackets(path, rate)),
  }
}

/** The duration where the header has none, as in WebM of a browser's recorder and in files that were cut off: from the times of all packets. */
async function secondsOfPackets(path: string, rate: number): Promise<number> {
  let [first, last, count, rest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, '']
  await probe(path, 'packet=pts_time', 'csv=p=0', part => {
    const lines = (rest + part).split('\n')
    rest = lines.pop()!
    count += lines.length
    // A packet without a time is N/A.
    for (const time of lines.map(Number.parseFloat)) {
      if (time < first) first = time
      if (time > last) last = time
    }
  })
  return last >= first ? last - first + 1 / rate : count / rate
}

/**
 * What ffprobe says of the pictures of a file.
 * @param onText called with each part of it
 */
async function probe(path: string, wanted: string, form: string, onText: (part: string) => void): Promise<void> {
  const args = ['-v', 'error', '-select_streams', 'V:0', '-show_entries', wanted, '-of', form, `file:${path}`]
  const ffprobe = spawn('ffprobe', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  ffprobe.stdout.setEncoding('utf8').on('data', onText)
  ffprobe.stderr.setEncoding('utf8').on('data', part => {
    complaint = (complaint + part).slice(0, 2000)
  })
  const end = await once(ffprobe, 'close').catch((error: NodeJS.ErrnoException) => error)
  if (end instanceof Error)
    throw new Error('Videos are read by the program ffmpeg: install the Debian package `ffmpeg`')
  if (end[0] !== 0) throw new Error(`ffmpeg cannot read ${path}: ${complaint.trim().split('\n').at(-1)}`)
}

/**
 * The frames of `path` as they are, as three planes [3, height, width] that are not converted. The Procgen sets
 * store G, B - G and R - G in the planes for luminance and colour differences (recording/procgen.ts).
 */
export function videoPlanes(path: string, width: number, height: number): AsyncGenerator<Uint8Array> {
  return readFrames(path, ['-pix_fmt', 'yuv444p', '-fps_mode', 'passthrough'], width * height * 3)
}

/** @param size bytes of a frame under these options of ffmpeg */
async function* readFrames(
  path: string,
  options: string[],
  size: number,
  input: string[] = [],
): AsyncGenerator<Uint8Array> {
  const wanted = ['-map', '0:V:0', ...options, '-f', 'rawvideo', 'pipe:1']
  const ffmpeg = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...input, '-i', `file:${path}`, ...wanted], {
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
