// `djinn record`: clips to train a world on, from the arcade played by chance or from any video that ffmpeg reads.
import { playClip } from '../../arcade/clips.ts'
import { HEIGHT, WIDTH } from '../../arcade/game.ts'
import { type Arguments, type Command, UsageError } from './arguments.ts'
import { ClipWriter } from './clip_writer.ts'
import { showProgress } from './progress.ts'
import { videoFrames } from './video.ts'

const MAX_SIDE = 1024 // pixels

export const record: Command = {
  summary: 'Records clips to train a world on: of the built-in arcade, played by chance, or of a video.',
  usage: [
    'record [--seed N] [--clips N] [--frames T] [--held-out] --out CLIP.safetensors',
    'record --video FILE [--rate N] [--frames T] [--width N] [--height N] --out CLIP.safetensors',
  ],
  positionals: [],
  options: {
    out: {
      value: 'FILE',
      help: 'the clip file to write, .safetensors: frames [clips, T, height, width, 3], and of the arcade its keys',
    },
    frames: { value: 'T', help: 'frames a clip (48)' },
    seed: { value: 'N', help: 'arcade: clip i follows from (seed, i) alone, so two seeds share no level (1)' },
    clips: { value: 'N', help: 'arcade: how many clips (100)' },
    'held-out': { help: 'arcade: levels in the colours that are kept from training' },
    video: {
      value: 'FILE',
      help: 'anything that ffmpeg reads; cropped about its centre, cut into clips; a shorter rest is dropped',
    },
    rate: { value: 'N', help: 'video: frames a second (10)' },
    width: { value: 'N', help: 'video: width of a frame in pixels (64)' },
    height: { value: 'N', help: 'video: height of a frame in pixels (64)' },
  },
  async run(args) {
    const out = args.output('out', ['.safetensors'])
    const length = args.integer('frames', 48, 2, 100_000)
    const isVideo = args.has('video')
    const foreign = (isVideo ? ['seed', 'clips', 'held-out'] : ['rate', 'width', 'height']).find(name => args.has(name))
    if (foreign) throw new UsageError(`--${foreign} ${isVideo ? 'does not go with' : 'is of no use without'} --video`)
    const clips = await (isVideo ? recordVideo(args, out, length) : recordArcade(args, out, length))
    console.log(`${out}: ${clips} clips of ${length} frames`)
  },
}

async function recordArcade(args: Arguments, out: string, length: number): Promise<number> {
  const seed = args.integer('seed', 1, 0, 0xffffffff)
  const clips = args.integer('clips', 100, 1, 1_000_000)
  const heldOut = args.flag('held-out')
  return write(
    out,
    [length, HEIGHT, WIDTH],
    { source: 'arcade', rate: '10', seed: `${seed}`, held_out: `${heldOut}` },
    async writer => {
      const progress = showProgress('recording', clips, 'clips')
      for (let i = 0; i < clips; i++) {
        await writer.append(playClip(seed, i, length, heldOut))
        progress.advance()
      }
      progress.stop()
    },
  )
}

async function recordVideo(args: Arguments, out: string, length: number): Promise<number> {
  const video = args.text('video')!
  const rate = args.number('rate', 10, 0.1, 240)
  const width = args.integer('width', 64, 1, MAX_SIDE)
  const height = args.integer('height', 64, 1, MAX_SIDE)
  return write(out, [length, height, width], { source: video, rate: `${rate}` }, async writer => {
    const size = width * height * 3
    const frames = new Uint8Array(length * size)
    let count = 0
    for await (const frame of videoFrames(video, rate, width, height)) {
      frames.set(frame, (count % length) * size)
      count++
      if (count % length === 0) await writer.append({ frames })
    }
    if (writer.clips === 0)
      throw new Error(
        `${video} has ${count} frames at ${rate} a second, too few for one clip of ${length}: lower --frames or raise --rate`,
      )
  })
}

/** Writes one clip file by `fill`; leaves none where that fails. Gives the number of clips. */
async function write(
  out: string,
  shape: [length: number, height: number, width: number],
  metadata: Record<string, string>,
  fill: (writer: ClipWriter) => Promise<void>,
): Promise<number> {
  const writer = await ClipWriter.open(out, shape)
  try {
    await fill(writer)
    await writer.finish(metadata)
  } catch (error) {
    await writer.abandon()
    throw error
  }
  return writer.clips
}
