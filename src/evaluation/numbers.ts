// What an evaluation says: the numbers by the names that its JSON gives them, and the pictures beside them.

export interface Evaluation {
  /** PSNR of all pixels, from the mean squared error of all watched frames; dB. */
  psnr: number
  /** Mean SSIM of the watched frames. */
  ssim: number
  /** Codes that occur in the watched frames, and their perplexity. */
  codesUsed: number
  perplexity: number
  /** PSNR of the pixels in the player's box; dB. */
  playerPsnr: number | null

  /** Latent actions that occur in the watched clips. */
  actionsUsed: number | null
  /** Between latent actions and moves, of all watched transitions; bits. */
  mutualInformation: number | null
  /** Right answers of the best map from latent action to move, and to key, on transitions it was not fitted on; 0 … 1. */
  moveAccuracy: number | null
  keyAccuracy: number | null
  /** Of the transitions where a jump starts, the share whose latent action means jumping; 0 … 1. */
  jumpRecall: number | null
  /** How far the latent action alone decides the motion it leads to, from any prompt; 0 … 1. */
  consistency: number | null

  /** Of the first frame after the prompt, wholly masked, under inferred actions; nats a token. */
  crossEntropy: number | null
  /** Of each frame played with inferred actions, the mean over clips; 16 of them, fewer where clips are short. dB */
  playPsnr: number[] | null
  playSsim: number[] | null
  /** PSNR of the fourth played frame less that under random actions, and its standard error; dB. */
  delta4: number | null
  delta4Error: number | null
  /** Of the frames of roll-outs of 64 frames, the share that show exactly one whole player; 0 … 1. */
  playerWhole: number | null
  /** By key of config.json: how far the player goes, pixels a frame, right positive; and rises in four frames, pixels. */
  motion: Record<string, number> | null
  rise: Record<string, number> | null
}

/** Why a number is null, by its name. */
export type Reasons = Partial<Record<keyof Evaluation, string>>

/** Pictures [H, W, 3] of values 0 … 1, row by row, `columns` in each. */
export interface ContactSheet {
  columns: number
  pictures: ArrayLike<number>[]
}

/** A measurement's part of the whole. */
export interface Part<Name extends keyof Evaluation> {
  numbers: Pick<Evaluation, Name>
  reasons: Reasons
  sheets: Record<string, ContactSheet>
}

/** A bar that shows how far a measurement is. */
export type ShowProgress = (label: string, total: number, unit: string) => { advance(): void; stop(): void }
