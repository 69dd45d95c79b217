// `djinn learn`: a video in, a world that plays out. It analyses the video, records clips, trains the three components within the minutes
// given, binds keys and evaluates. Stopped at any time it leaves a world that plays; the same command resumes it.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseConfig } from '../../families/parse_config.ts'
import { leftOutText } from '../../media/video_cuts.ts'
import type { VideoChoices } from '../../media/video_proposal.ts'
import { numbersOf } from '../../media/video_survey.ts'
import { CLIP_LENGTH, PRESETS } from '../../training/presets.ts'
import { checkCodeWidth } from '../../training/recipe_latent_action.ts'
import { type Arguments, type Command, UsageError } from '../arguments.ts'
import { lockFolder } from '../folder_lock.ts'
import { isRecorded, LearnFile, type LearnState } from '../learn/learn_state.ts'
import { timedReasons } from '../learn/minutes.ts'
import { finish, trainComponents } from '../learn/phases.ts'
import { drawLeftOut, drawProposal } from '../learn/pictures.ts'
import { propose } from '../learn/proposal.ts'
import { givenBy, worldConfig } from '../learn/world_config.ts'
import { writeRandomWeights } from '../learn/world_files.ts'
import { readConfig } from '../model_files.ts'
import { openGpu } from '../open_gpu.ts'
import { duration, progressLines } from '../progress.ts'
import { recordVideo } from '../recording/film.ts'
import { probeVideo } from '../video.ts'
import { cropOf, sizeOf } from '../video_settings.ts'
import { makeFolder, writeWhole } from '../whole_file.ts'

export const learn: Command = {
  summary:
    'Makes a world from a video: analyses it, records clips, trains, binds keys, evaluates. Run the same command again to resume.',
  usage: [
    'learn VIDEO --out DIR --minutes N [--crop X,Y,W,H] [--rate R] [--size WxH] [--actions N] [--from MODEL_DIR]',
  ],
  positionals: ['VIDEO'],
  options: {
    out: { value: 'DIR', help: 'the folder of the world, which `djinn play` takes; clips and logs go there, too' },
    minutes: { value: 'N', help: 'how long all of it may take, in minutes' },
    crop: {
      value: 'X,Y,W,H',
      help: 'the rectangle to keep, in pixels of the video; default: without bars that never change',
    },
    rate: { value: 'R', help: 'frames per second; default: such that typical motion is 2 to 6 pixels per frame' },
    size: {
      value: 'WxH',
      help: 'width and height of a frame, multiples of 8 pixels (a patch) from 16 on; default: by the shape of the rectangle, multiples of 16',
    },
    actions: { value: 'N', help: 'how many latent actions (8)' },
    from: { value: 'MODEL_DIR', help: 'starts from the weights of this world where their sizes fit' },
  },
  async run(args) {
    const video = args.positional('VIDEO')
    const out = args.text('out')
    if (!out) throw new UsageError('--out is missing')
    if (!args.has('minutes')) throw new UsageError('--minutes is missing')
    const minutes = args.number('minutes', 0, 0.5, 1_000_000)
    const asked = givenOf(args)
    if (!existsSync(video)) throw new Error(`${video} does not exist`)
    await makeFolder(out)
    const file = new LearnFile(out)
    const lock = lockFolder(out, 'training.lock', 'training')
    const stop = new Stop()
    try {
      const kept = await file.read()
      if (!kept && existsSync(join(out, 'config.json')))
        throw new Error(`${out} holds a world that djinn learn did not begin: give another --out`)
      let state = kept && isRecorded(kept) ? kept : undefined
      if (state) refuseOthers(out, state, video, { ...asked, from: args.text('from') })
      const from = state?.from === undefined ? args.text('from') : (state.from ?? undefined)
      if (!state) {
        const { latent_action } = from === undefined ? PRESETS.nano.config : await readConfig(from)
        checkCodeWidth({ ...latent_action, ...asked })
      }
      let gpu = await openGpu('f32')
      console.log(`${gpu.adapterName}, ${duration(60 * minutes)} in all`)
      let timed: string[] = []
      if (!state) {
        const given = from === undefined ? asked : await givenBy(from, asked)
        const onProgress = progressLines('looking at the video')
        const { still, ...proposal } = await propose(video, given, minutes, gpu.isSoftwareAdapter, onProgress)
        await drawProposal(join(out, PROPOSAL), video, proposal.crop, still)
        if (from === undefined)
          ({ gpu, reasons: timed } = await timedReasons(gpu, proposal, minutes, progressLines('timing steps')))
        else timed = [`minutes ${minutes}: as asked for; no documented training started from another world`]
        state = { video, proposal, from: from === undefined ? null : resolve(from), seconds: 0, minutes: {}, done: [] }
      } else console.log(`resuming after ${duration(state.seconds)}`)
      for (const reason of [...state.proposal.reasons, ...timed]) console.log(`  ${reason}`)
      console.log(`  ${join(out, PROPOSAL)} shows what is kept`)
      await file.write(state)
      const config = await prepare(out, video, state, from)
      if (!isRecorded(state)) await recordClips(out, video, state, file)
      stop.isTraining = true
      const context = { gpu, out, config, minutes, from, state, file, lock, isStopped: () => stop.isAsked }
      const isTrained = await trainComponents(context)
      stop.isTraining = false
      await file.write(state)
      if (!isTrained || stop.isAsked) {
        console.log(
          `stopped after ${duration(file.seconds)}: ${out} plays as of its last checkpoint; run the same command to resume`,
        )
        return
      }
      await finish(context)
      console.log(
        `\n${out}: done in ${duration(file.seconds)}. Play it: npx djinn play ${out} --prompt ${join(out, 'clips.safetensors')}#0:4 …, or on the play page`,
      )
    } finally {
      lock.release()
    }
  },
}

function givenOf(args: Arguments): VideoChoices {
  const [crop, size] = [cropOf(args), sizeOf(args)]
  if (size && (size.width % 8 > 0 || size.height % 8 > 0 || Math.min(size.width, size.height) < 16))
    throw new UsageError(`--size is ${size.width}x${size.height}, expected multiples of 8 from 16 on`)
  return {
    ...(crop && { crop }),
    ...(size && { size }),
    ...(args.has('rate') && { rate: args.number('rate', 0, 0.5, 120) }),
    ...(args.has('actions') && { actions: args.integer('actions', 8, 2, 64) }),
  }
}

/** @throws Error where the video or an option that is given is not the one that the world was begun with */
function refuseOthers(
  out: string,
  { video, proposal, from }: LearnState,
  askedVideo: string,
  asked: VideoChoices & { from?: string },
): void {
  if (resolve(video) !== resolve(askedVideo))
    throw new Error(`${out} learns from ${video}: give that video, or another --out`)
  const begun = optionTexts({ ...proposal, ...(from && { from }) })
  for (const [name, text] of Object.entries(optionTexts(asked))) {
    if (text === begun[name] || (name === 'from' && from === undefined)) continue
    const how = begun[name] === undefined ? `without --${name}` : `with --${name} ${begun[name]}`
    throw new Error(`${out} was begun ${how}: give the same options, or another --out`)
  }
}

/** Options as they are written, those that are given. */
function optionTexts({ crop, rate, size, actions, from }: VideoChoices & { from?: string }): Record<string, string> {
  return {
    ...(crop && { crop: numbersOf(crop).join() }),
    ...(rate !== undefined && { rate: `${rate}` }),
    ...(size && { size: `${size.width}x${size.height}` }),
    ...(actions !== undefined && { actions: `${actions}` }),
    ...(from !== undefined && { from: resolve(from) }),
  }
}

/** Leaves config.json and a world that plays, with random weights at first. Before clips are recorded it replaces those of an earlier proposal. */
async function prepare(out: string, video: string, state: LearnState, from: string | undefined) {
  const path = join(out, 'config.json')
  const isNew = !isRecorded(state)
  if (isNew || !existsSync(path)) await writeWhole(path, await worldConfig(video, state.proposal, from))
  const config = parseConfig(await readFile(path, 'utf8'), path)
  await writeRandomWeights(out, config, isNew)
  return config
}

/** A frame of the video, what is left out of it dark. */
const PROPOSAL = 'proposal.png'
/** What to do about a video without a clip. */
const REMEDY = 'raise --rate, or give a longer video'

async function recordClips(out: string, video: string, state: LearnState, file: LearnFile): Promise<void> {
  const { crop, rate, size } = state.proposal
  // The video is read twice: for its cuts, then for its clips.
  const frames = 2 * rate * (await probeVideo(video)).seconds
  const onFrame = progressLines('recording clips')
  const target = { out: join(out, 'clips.safetensors'), sheet: join(out, 'clips.png') }
  const request = { video, rate, length: CLIP_LENGTH, ...size, crop, skip: [], remedy: REMEDY }
  const recorded = await recordVideo(target, request, count => onFrame(count / Math.max(frames, 1)))
  const { clips, length, leftOut } = recorded
  console.log(`${target.out}: ${clips} clips of ${length} frames; ${target.sheet} shows some`)
  if (leftOut) {
    console.log(`  ${leftOutText(leftOut, rate)}`)
    const shown = await drawLeftOut(join(out, 'left_out.png'), request, leftOut)
    for (const line of shown) console.log(`    ${line}`)
  }
  state.done.push('record')
  await file.write(state)
}

/** Ctrl-C and SIGTERM: while a component trains, the loop ends with a checkpoint; at other times the process ends at once. */
class Stop {
  isAsked = false
  isTraining = false

  constructor() {
    const ask = () => {
      if (!this.isTraining || this.isAsked) process.exit(130)
      this.isAsked = true
      console.log('stopping after this step …')
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
  }
}
