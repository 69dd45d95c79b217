// The results of an evaluation: numbers, by their names in the JSON, and contact sheets.

export interface Evaluation {
  /** PSNR of the tokenizer's reconstructions, from the mean squared error over all frames; dB. */
  psnr: number
  /** Mean SSIM of the reconstructions. */
  ssim: number
  /** Codes that occur in the frames, and their perplexity. */
  codesUsed: number
  perplexity: number
  /** PSNR of the reconstructions inside the character's box; dB. */
  playerPsnr: number | null

  /** Latent actions that occur in the encoded clips. */
  actionsUsed: number | null
  /** Share of each latent action among all transitions, and the entropy of these shares in bits. */
  codeShares: number[] | null
  bits: number | null
  /**
   * The latent action model's prediction of the next frame: PSNR with the inferred action less that with the mean of all actions'
   * predictions, and less that of a copy of the last frame; dB.
   */
  gainOverMean: number | null
  gainOverCopy: number | null
  /** Mutual information between latent actions and moves, over all transitions; bits. */
  mutualInformation: number | null
  /** Accuracy of the best map from latent action to move, and to key, on transitions that it was not fitted on; 0 … 1. */
  moveAccuracy: number | null
  keyAccuracy: number | null
  /** The share of the transitions in which a jump starts whose latent action means jumping; 0 … 1. */
  jumpRecall: number | null
  /** How far the latent action alone decides the motion, from any prompt; 0 … 1. */
  consistency: number | null
  /** Share of played frames from which the latent action model infers the action that was asked for; chance is 1 / actions. */
  actionFidelity: number | null
  /** How much the next frame changes when the action is swapped, relative to how much a real frame changes from the one before. */
  swapEffect: number | null

  /** Cross-entropy of the first frame after the prompt, wholly masked, with inferred actions; nats per token. */
  crossEntropy: number | null
  /** PSNR (dB) and SSIM of each frame played with inferred actions, mean over clips: 16 frames, or fewer in short clips. */
  playPsnr: number[] | null
  playSsim: number[] | null
  /** Δ₄PSNR: PSNR of the fourth played frame less that with random actions, and its standard error; dB. */
  delta4: number | null
  delta4Error: number | null
  /** Share of the frames of 64-frame roll-outs that show exactly one whole character; 0 … 1. */
  playerWhole: number | null
  /** By key of config.json: horizontal motion, pixels per frame, right positive; and rise within four frames, pixels. */
  motion: Record<string, number> | null
  rise: Record<string, number> | null
}

/** Why a number is null, by its name. */
export type Reasons = Partial<Record<keyof Evaluation, string>>

/** Pictures [H, W, 3] of values 0 … 1, row by row, `columns` per row. */
export interface ContactSheet {
  columns: number
  pictures: ArrayLike<number>[]
}

/** The results of one measurement. */
export interface Part<Name extends keyof Evaluation> {
  numbers: Pick<Evaluation, Name>
  reasons: Reasons
  sheets: Record<string, ContactSheet>
}

/** Shows a progress bar. */
export type ShowProgress = (label: string, total: number, unit: string) => { advance(): void; stop(): void }

/** Progress as the share that is done, 0 … 1. */
export const asShare =
  (onProgress: (share: number) => void): ShowProgress =>
  (_, total) => {
    let done = 0
    return { advance: () => onProgress(++done / total), stop: () => undefined }
  }
