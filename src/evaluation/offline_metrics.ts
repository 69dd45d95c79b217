// Metrics that need no play: the tokenizer's reconstructions, and how well latent actions predict the labels of transitions.

import { counts, mutualInformation, shares } from '../statistics.ts'
import { mapAccuracy } from './best_map.ts'
import type { EvalClips, JumpRecall } from './eval_clips.ts'
import { mean, perplexity, psnr, squaredError, unitValues } from './metrics.ts'
import type { ContactSheet, Evaluation, Part, Reasons } from './numbers.ts'
import { ssim } from './ssim.ts'

type Size = { height: number; width: number }
type Box = [x: number, y: number, width: number, height: number]

/** Frames of a clip on a contact sheet. */
const SHOWN = 12

/** Accumulates the quality of reconstructions, clip by clip. */
export class Reconstruction {
  private readonly errors: number[] = []
  private readonly similarities: number[] = []
  private readonly boxErrors: number[] = []
  private readonly used: number[]
  private readonly sheet: ContactSheet

  constructor(
    private readonly size: Size,
    private readonly codes: number,
    private readonly codebooks: number,
    private readonly length: number,
  ) {
    this.used = new Array<number>(codebooks * codes).fill(0)
    this.sheet = { columns: Math.min(SHOWN, length), pictures: [] }
  }

  /** Adds a clip: frames u8 [T, H, W, 3], reconstruction, codes, and the character's boxes [T · 4] if they are known. */
  add(frames: Uint8Array, pixels: Float32Array, codes: Int32Array, boxes: Int32Array | undefined): void {
    const { height, width } = this.size
    const size = 3 * height * width
    const clip = unitValues(frames)
    for (const [i, code] of codes.entries()) this.used[(i % this.codebooks) * this.codes + code]!++
    for (let t = 0; t < this.length; t++) {
      const [real, drawn] = [clip, pixels].map(all => all.subarray(t * size, (t + 1) * size)) as [
        Float32Array,
        Float32Array,
      ]
      this.errors.push(squaredError(real, drawn))
      this.similarities.push(ssim(real, drawn, height, width))
      const error = boxes && boxError(real, drawn, this.size, [...boxes.subarray(4 * t, 4 * t + 4)] as Box)
      if (error !== undefined) this.boxErrors.push(error)
    }
    if (this.sheet.pictures.length >= 8 * this.sheet.columns) return
    for (const all of [clip, pixels])
      for (let t = 0; t < this.sheet.columns; t++) this.sheet.pictures.push(all.slice(t * size, (t + 1) * size))
  }

  result(): Part<'psnr' | 'ssim' | 'codesUsed' | 'perplexity' | 'playerPsnr'> {
    const isBoxed = this.boxErrors.length > 0
    return {
      numbers: {
        psnr: psnr(mean(this.errors)),
        ssim: mean(this.similarities),
        codesUsed: this.used.filter(n => n > 0).length,
        perplexity: perplexity(this.used),
        playerPsnr: isBoxed ? psnr(mean(this.boxErrors)) : null,
      },
      reasons: isBoxed ? {} : { playerPsnr: 'the clips have no character boxes (tensor player)' },
      sheets: { reconstructions: this.sheet },
    }
  }
}

/** Mean squared error inside the visible part of a box; undefined if none of it is visible. */
function boxError(a: Float32Array, b: Float32Array, { height, width }: Size, [x, y, w, h]: Box): number | undefined {
  let sum = 0
  let n = 0
  for (let row = Math.max(y, 0); row < Math.min(y + h, height); row++)
    for (let i = 3 * (row * width + Math.max(x, 0)); i < 3 * (row * width + Math.min(x + w, width)); i++, n++)
      sum += (a[i]! - b[i]!) ** 2
  return n > 0 ? sum / n : undefined
}

/** How latent actions are distributed: how many are used, the share of each, and the entropy in bits. */
export function codeStatistics(codes: ArrayLike<number>, actions: number) {
  const codeShares = shares(codes, actions)
  return {
    actionsUsed: codeShares.filter(share => share > 0).length,
    codeShares,
    bits: Math.log2(perplexity(counts(codes, actions))),
  }
}

type ActionNumber =
  | 'actionsUsed'
  | 'codeShares'
  | 'bits'
  | 'mutualInformation'
  | 'moveAccuracy'
  | 'keyAccuracy'
  | 'jumpRecall'

/**
 * Statistics of latent actions, and how well they tell labels apart.
 * @param codes latent actions [clips · (T − 1)] of the first clips
 * @param jumpRecall of the game that is evaluated
 */
export function actionNumbers(
  codes: Int32Array,
  data: EvalClips,
  actions: number,
  jumpRecall?: JumpRecall,
): Pick<Part<ActionNumber>, 'numbers' | 'reasons'> {
  const [moves, keys] = [data.moves?.subarray(0, codes.length), data.keys?.subarray(0, codes.length)]
  const numbers: Pick<Evaluation, ActionNumber> = {
    ...codeStatistics(codes, actions),
    mutualInformation: moves ? mutualInformation(codes, moves) : null,
    moveAccuracy: moves ? mapAccuracy(codes, moves, actions) : null,
    keyAccuracy: keys ? mapAccuracy(codes, keys, actions) : null,
    jumpRecall: moves && jumpRecall ? jumpRecall(codes, { ...data, moves, keys }, actions) : null,
  }
  const noMoves = 'the clips have no moves (tensor moves)'
  const few = 'too few transitions to fit and test a map'
  const reasons: Reasons = moves ? {} : { mutualInformation: noMoves, moveAccuracy: noMoves, jumpRecall: noMoves }
  if (moves && numbers.moveAccuracy === null) reasons.moveAccuracy = few
  if (numbers.keyAccuracy === null) reasons.keyAccuracy = keys ? few : 'the clips have no keys (tensor actions)'
  if (moves && numbers.jumpRecall === null)
    reasons.jumpRecall = jumpRecall
      ? 'no jump starts in the tested transitions'
      : 'jumps can be found only in clips of the arcade'
  return { numbers, reasons }
}
