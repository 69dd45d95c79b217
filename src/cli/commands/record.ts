// `djinn record`: clips to train a world on, from the arcade (with its own graphics or random skins), a robot arm, Procgen games or any video that ffmpeg reads.
import type { View } from '../../../arcade/skins/clips.ts'
import { leftOutText, longestStretches, stretchText } from '../../media/video_cuts.ts'
import { type Arguments, type Command, UsageError } from '../arguments.ts'
import type { Recorded, Target } from '../recording/clip_file.ts'
import { recordVideo } from '../recording/film.ts'
import { recordProcgen } from '../recording/procgen.ts'
import { recordArcade, recordArm, recordSkins } from '../recording/simulated.ts'
import { cropOf, secondsOf, sizeOf, videoSettingsOf } from '../video_settings.ts'

/** Stretches left out of a video that are listed, the longest ones. */
const SHOWN_STRETCHES = 12
const VIEWS: readonly View[] = ['side', 'top', 'both']

/** Options by what they are for, beside --out and --sheet. The arcade needs none to be asked for. */
const SOURCES = {
  arcade: ['seed', 'clips', 'held-out', 'frames'],
  skins: ['skins', 'view', 'seed', 'clips', 'held-out', 'frames'],
  scene: ['scene', 'seed', 'clips', 'held-out', 'frames'],
  procgen: ['procgen', 'from'],
  video: ['video', 'like', 'rate', 'crop', 'size', 'skip', 'frames'],
} as const
type Source = keyof typeof SOURCES

export const record: Command = {
  summary:
    'Records clips to train a world on: from the built-in arcade, from games with random skins, from a robot arm, or from a video.',
  usage: [
    'record [--seed N] [--clips N] [--frames T] [--held-out] --out CLIP.safetensors',
    'record --skins [DIR] [--view side|top|both] [--seed N] [--clips N] [--frames T] [--held-out] --out CLIP.safetensors',
    'record --scene arm [--seed N] [--clips N] [--frames T] [--held-out] --out CLIP.safetensors',
    'record --procgen NAME_SPLIT [--from DIR] --out CLIP.safetensors',
    'record --video FILE [--like MODEL_DIR] [--crop X,Y,W,H] [--rate N] [--size WxH] [--skip [FROM-TO,…]] [--frames T] --out CLIP.safetensors',
  ],
  positionals: [],
  options: {
    out: {
      value: 'FILE',
      help: 'the clip file to write, .safetensors: frames [clips, T, height, width, 3], and of the arcade its keys',
    },
    sheet: { value: 'FILE', help: 'also a contact sheet of the first clips, .png, one row each' },
    frames: { value: 'T', help: 'frames per clip (48)' },
    seed: { value: 'N', help: 'games and arm: clip i follows from (seed, i) alone, so two seeds share no level (1)' },
    clips: { value: 'N', help: 'games and arm: number of clips (100)' },
    'held-out': { help: 'games and arm: appearances that training clips never have' },
    skins: {
      value: 'DIR',
      isOptional: true,
      help: 'arcade: a look and rules of its own for each clip, cut from the PNG and JPEG pictures of a folder, or drawn',
    },
    view: {
      value: 'V',
      help: 'skins: seen from the side, from the top, or both (both: three clips of ten from the top)',
    },
    scene: { value: 'arm', help: 'another world than the arcade: a robot arm that pushes blocks on a table' },
    procgen: {
      value: 'NAME_SPLIT',
      help: 'a recorded set of a Procgen game: NAME_SPLIT.mkv and NAME_SPLIT.safetensors, with every array of the latter',
    },
    from: { value: 'DIR', help: 'procgen: the folder of the two files (the current one)' },
    video: {
      value: 'FILE',
      help: 'anything that ffmpeg reads; cropped about its centre and cut into clips; a shorter remainder is dropped',
    },
    like: {
      value: 'MODEL_DIR',
      help: 'video: crop, rate and size are those that this world was trained with (config.json); add --skip to leave out cuts and stillness, as djinn learn does',
    },
    rate: { value: 'N', help: 'video: frames per second (10)' },
    crop: { value: 'X,Y,W,H', help: 'video: the rectangle to keep, in its own pixels (all of it)' },
    size: { value: 'WxH', help: 'video: width and height of a frame in pixels (64x64)' },
    skip: {
      value: 'FROM-TO,…',
      isOptional: true,
      help: 'video: leaves out cuts, blank pictures and long stillness, and these seconds (0-12.5,60-75)',
    },
  },
  async run(args) {
    const source = sourceOf(args)
    const target: Target = { out: args.output('out', ['.safetensors']) }
    if (args.has('sheet')) target.sheet = args.output('sheet', ['.png'])
    const { clips, length } = await recorders[source](args, target)
    console.log(`${target.out}: ${clips} clips of ${length} frames`)
  },
}

const recorders: Record<Source, (args: Arguments, target: Target) => Promise<Recorded>> = {
  arcade: (args, target) => recordArcade(target, requestOf(args)),
  skins: (args, target) =>
    recordSkins(target, requestOf(args), args.choice('view', VIEWS, 'both'), args.text('skins') || undefined),
  scene: (args, target) => {
    args.choice('scene', ['arm'], 'arm')
    return recordArm(target, requestOf(args))
  },
  procgen: (args, target) => recordProcgen(target, args.text('procgen')!, args.text('from') ?? '.'),
  video: recordFilm,
}

async function recordFilm(args: Arguments, target: Target): Promise<Recorded> {
  const like = args.text('like')
  const known = like === undefined ? undefined : await videoSettingsOf(like)
  const size = sizeOf(args) ?? known?.size ?? { width: 64, height: 64 }
  const rate = args.number('rate', known?.rate ?? 10, 0.1, 240)
  const crop = cropOf(args) ?? known?.crop
  const recorded = await recordVideo(target, {
    video: args.text('video')!,
    rate,
    length: lengthOf(args),
    ...size,
    ...(crop && { crop }),
    ...(args.has('skip') && { skip: secondsOf(args) }),
  })
  const { leftOut } = recorded
  if (leftOut) {
    console.log(leftOutText(leftOut, rate))
    for (const stretch of longestStretches(leftOut, SHOWN_STRETCHES)) console.log(`  ${stretchText(stretch, rate)}`)
  }
  return recorded
}

const lengthOf = (args: Arguments): number => args.integer('frames', 48, 2, 100_000)

const requestOf = (args: Arguments) => ({
  seed: args.integer('seed', 1, 0, 0xffffffff),
  clips: args.integer('clips', 100, 1, 1_000_000),
  length: lengthOf(args),
  heldOut: args.flag('held-out'),
})

/** @throws UsageError where options of two sources are given, or some of a source that is not asked for */
function sourceOf(args: Arguments): Source {
  const source = (Object.keys(SOURCES) as Source[]).find(name => args.has(name)) ?? 'arcade'
  const own: readonly string[] = SOURCES[source]
  for (const [other, names] of Object.entries(SOURCES))
    for (const name of names)
      if (args.has(name) && !own.includes(name))
        throw new UsageError(
          source === 'arcade'
            ? `--${name} has no effect without --${other}`
            : `--${name} cannot be combined with --${source}`,
        )
  return source
}
