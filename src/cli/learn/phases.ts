// The phases of `djinn learn` after the video is recorded: each component trained within its share of the minutes, keys bound by play, and an
// evaluation on the held-out clips. They share their code with `djinn train`, `bind` and `evaluate`.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { asTrained, startingFrom } from '../../fine_tuning/start_weights.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { ComponentName } from '../../model/component_names.ts'
import type { Config } from '../../model/config.ts'
import { Attempt, hasCollapsed } from '../../training/attempt.ts'
import { COMPONENTS } from '../../training/components.ts'
import type { Clips } from '../../training/data/clips.ts'
import { splitHeldOut } from '../../training/held_out.ts'
import { PRESETS } from '../../training/presets.ts'
import { bindByPlay } from '../bind_by_play.ts'
import { fittingBatch } from '../check_memory.ts'
import { CheckpointFiles } from '../checkpoint_files.ts'
import { openClips } from '../clip_reader.ts'
import { codesIn } from '../code_files.ts'
import { evaluateInto } from '../evaluation_files.ts'
import type { FolderLock } from '../folder_lock.ts'
import { fileSource } from '../model_files.ts'
import { duration, progressLines } from '../progress.ts'
import { runTraining } from '../training_run.ts'
import type { LearnFile, LearnState } from './learn_state.ts'
import { reserveOf, SHARES } from './minutes.ts'
import { folderWorld } from './world_files.ts'

/** The share of the latent actions' time in which codes are looked for. */
const SEARCH = 0.4
const SEED = 1
/** The share of the time after training that binding gets. */
const BINDING = 0.5
/** Clips played in the evaluation, at most. */
const PLAYS = 4

interface LearnContext {
  gpu: Gpu
  out: string
  config: Config
  minutes: number
  from: string | undefined
  state: LearnState
  file: LearnFile
  lock: FolderLock
  isStopped(): boolean
}

/** Trains the components that are not done. @returns whether all are done */
export async function trainComponents(context: LearnContext): Promise<boolean> {
  const { config, out, state, file } = context
  const clips = await openClips(join(out, 'clips.safetensors'), config)
  try {
    const parts = splitHeldOut(clips)
    if (parts.isSeen) console.log(`${clips.clips} clips are too few to hold some out: what is measured was trained on`)
    for (const { name } of COMPONENTS) {
      if (context.isStopped()) return false
      if (state.done.includes(name)) continue
      if (!(await trainOne(context, name, parts))) return false
      state.done.push(name)
      await file.write(state)
    }
    return true
  } finally {
    await clips.close()
  }
}

async function trainOne(
  context: LearnContext,
  name: ComponentName,
  { train, heldOut }: { train: Clips; heldOut: Clips },
) {
  const { gpu: device, out, config, state, file, minutes, from, lock } = context
  const reserve = reserveOf(minutes)
  const left = Math.max(60 * minutes - reserve - file.seconds, 10)
  const codes = codesIn(out, () => file.write(state), 'delete it, and run the same command again')
  // Latent actions whose codes were deleted start over: a new search may give other codes.
  const isResumed = existsSync(join(out, `${name}.checkpoint`)) && (name !== 'latent_action' || existsSync(codes.name))
  const kept = isResumed ? await new CheckpointFiles(out, name).metadata() : undefined
  const other = from === undefined ? undefined : folderWorld(from)
  const component = await asTrained(COMPONENTS.find(c => c.name === name)!, config, other, kept)
  // The minutes of a component are fixed once it has begun.
  const fixed = state.minutes[name]
  const trained = hasCollapsed(kept) ? 0 : Number(kept?.seconds ?? 0)
  const given =
    fixed === undefined ? SHARES[name](left) : Math.max(Attempt.of(kept, SEED).secondsOf(60 * fixed) - trained, 0)
  const end = file.seconds + given
  console.log(`\n${name}: ${duration(given)} of ${duration(left + reserve)} that are left`)
  const gpu = device.scope()
  try {
    const shape = await fittingBatch(gpu, component, config, PRESETS[state.proposal.model].batches[name])
    const open = (path: string) => fileSource(join(out, path))
    const showSearch = progressLines('finding actions')
    let recipe = await component.recipe({
      gpu,
      config,
      clips: train,
      shape,
      open,
      codeStore: codes,
      searchSeconds: SEARCH * given,
      onProgress(share, what) {
        if (share < 1 && context.isStopped()) throw new Interrupted()
        showSearch(share, what)
      },
      onNotice: sentence => console.log(`! ${sentence}`),
    })
    if (other && !isResumed) {
      const found = { gpu, clips: train, open, onFound: console.log }
      const start = await startingFrom(other, component, config, recipe, found)
      recipe = start.recipe
      console.log(start.said)
    }
    // The search may have taken longer than planned, but something is always trained.
    state.minutes[name] ??= Math.max(end - file.seconds, 0.2 * given) / 60
    await file.write(state)
    return await runTraining(gpu, config, component, shape, recipe, {
      out,
      seed: SEED,
      length: { minutes: state.minutes[name]! },
      isResumed,
      lock,
      heldOut,
      // 5 % of the training, 10 to 60 s.
      checkpointSeconds: Math.min(60, Math.max(10, 0.05 * 60 * state.minutes[name]!)),
      isStopped: context.isStopped,
      onCheckpoint: () => void file.write(state),
    })
  } catch (error) {
    if (error instanceof Interrupted) return false
    throw error
  } finally {
    gpu.dispose()
  }
}

/** Ctrl-C during the search for codes. The next run resumes it from its last save. */
class Interrupted extends Error {}

/** Binds keys and evaluates, on the held-out clips. */
export async function finish(context: LearnContext): Promise<void> {
  const clips = await openClips(join(context.out, 'clips.safetensors'), context.config)
  try {
    await measure(context, splitHeldOut(clips).heldOut)
  } finally {
    await clips.close()
  }
}

async function measure({ gpu, out, minutes, state, file }: LearnContext, heldOut: Clips): Promise<void> {
  const left = () => Math.max(60 * minutes - file.seconds, 0) // seconds
  let plays = PLAYS
  if (!state.done.includes('bind')) {
    console.log('\nkeys: playing every latent action from starting points in the held-out clips')
    const perStart = await bindByPlay(gpu, out, heldOut, BINDING * left())
    // An evaluation of n clips takes about as long as 2 + 2n starting points.
    plays = Math.min(PLAYS, Math.max(1, Math.floor(left() / Math.max(perStart, 1e-3) / 2) - 1))
    state.done.push('bind')
    await file.write(state)
  }
  if (state.done.includes('evaluate')) return
  console.log('\nevaluation on the held-out clips')
  const { table } = await evaluateInto(gpu, out, heldOut, `held-out clips of ${state.video}`, {
    plays,
    out: join(out, 'evaluation'),
  })
  console.log(table)
  state.done.push('evaluate')
  await file.write(state)
}
