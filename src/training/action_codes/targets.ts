// Action codes as the targets of a latent action model.

import { shares } from '../../statistics.ts'
import { FormatError } from '../../weights/safetensors.ts'
import type { RecipeContext } from '../components/spec.ts'
import { type Clips, type ClipWindow, selectClips } from '../data/clips.ts'
import type { ConvolutionKernels } from '../init/compare_frames.ts'
import { type CodesFile, isUnfinished, OtherSearch, seedOf } from './saved_search.ts'
import { findActionCodes } from './search.ts'
import { type Size, TransitionCoder } from './transition_coder.ts'

/** The target codes of some clips' transitions. The search that gives them ends before the encoder trains. */
export interface ActionTargets {
  clips: Clips
  /** i32 [T - 1]: the codes of a window of T frames. */
  codes(window: ClipWindow, frames: number): Promise<Int32Array>
  /** The operators found, with which the encoder's initial weights compare frames. */
  kernels: ConvolutionKernels
}

type SearchContext = Pick<RecipeContext, 'clips' | 'config' | 'codeStore' | 'searchSeconds' | 'onProgress' | 'onNotice'>

/** The first seed of the search. */
const SEED = 1
/** The search has collapsed if one code has more than this share of the transitions. How many other seeds are then tried. */
const [COLLAPSED, RESTARTS] = [0.9, 2]
/** A repeated search gets what is left of the seconds, at the least this share of them. */
const LEAST_SHARE = 1 / 3
/** The clips in which that is counted. */
const CHECKED_CLIPS = 8
/** The most transitions that have targets. Their clips are spread over all. */
const TARGET_TRANSITIONS = 24_000

/** `count` of the clips, spread evenly. */
function spreadOver(clips: Clips, count: number): Clips {
  const indexOf = (i: number) => (count < 2 ? 0 : Math.round((i * (clips.clips - 1)) / (count - 1)))
  return selectClips(
    clips,
    Array.from({ length: count }, (_, i) => indexOf(i)),
  )
}

/**
 * Searches the clips for codes, or reads those of `codeStore`. If the search collapses to one code, it is repeated with another seed.
 * @throws RangeError as `findActionCodes` does; OtherSearch or FormatError where what `codeStore` keeps is refused, naming it
 */
export async function discoveredTargets(context: SearchContext): Promise<ActionTargets> {
  const { clips, config, codeStore } = context
  const targetClips = spreadOver(
    clips,
    Math.min(clips.clips, Math.ceil(TARGET_TRANSITIONS / Math.max(clips.length - 1, 1))),
  )
  const kept = await codeStore?.read()
  const isFound = kept && !isUnfinished(kept)
  const refuse = (error: unknown) => {
    const Refusal = [OtherSearch, FormatError].find(kind => kept && error instanceof kind)
    if (!Refusal) throw error
    const { name, advice } = codeStore!
    throw new Refusal([name, (error as Error).message, ...(advice ? [advice] : [])].join(': '))
  }
  const coder = await (isFound ? restored(kept, config.frame) : search(context, targetClips, kept)).catch(refuse)
  if (!isFound) await codeStore?.write(coder.toTensors())
  const known = new Map<number, Int32Array>()
  return {
    clips: targetClips,
    kernels: coder.kernels,
    async codes({ clip, first }, frames) {
      const codes = known.get(clip) ?? (await coder.encode(targetClips, clip))
      known.set(clip, codes)
      return codes.subarray(first, first + frames - 1)
    },
  }
}

const restored = async ({ tensors }: CodesFile, frame: Size) => TransitionCoder.restore(tensors, frame)

/** @param kept a search that was interrupted */
async function search(context: SearchContext, targetClips: Clips, kept: CodesFile | undefined) {
  const { clips, config, onProgress, onNotice, searchSeconds: seconds, codeStore } = context
  const { frame, latent_action } = config
  const save =
    codeStore && (({ tensors, metadata }: CodesFile) => codeStore.write(Object.fromEntries(tensors), metadata))
  // Seeds before that of the search which was interrupted have been tried.
  const first = Math.min(Math.max(kept ? seedOf(kept) : SEED, SEED), SEED + RESTARTS)
  const began = performance.now()
  for (let seed = first; ; seed++) {
    const isFirst = seed === first
    const elapsed = (performance.now() - began) / 1000
    const options = {
      seconds: isFirst || seconds === undefined ? seconds : Math.max(seconds - elapsed, LEAST_SHARE * seconds),
      onProgress,
      from: isFirst ? kept : undefined,
      save,
    }
    const coder = await findActionCodes(clips, frame, latent_action.actions, seed, options)
    const codes: number[] = []
    for (let clip = 0; clip < Math.min(CHECKED_CLIPS, targetClips.clips); clip++)
      codes.push(...(await coder.encode(targetClips, clip)))
    const codeShares = shares(codes, latent_action.actions)
    const most = Math.max(...codeShares)
    if (most <= COLLAPSED) return coder
    const isLast = seed === SEED + RESTARTS
    onNotice?.(
      `the search has collapsed to code ${codeShares.indexOf(most)}, ${Math.round(100 * most)} % of all transitions: ${isLast ? 'record a video in which more happens' : `looking again with seed ${seed + 1}`}`,
    )
    if (isLast) return coder
  }
}
