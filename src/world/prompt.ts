// Converts a prompt to frames: pixels of pictures, or tokens of an earlier prompt.

import { ArgumentError } from '../gpu/errors.ts'
import { type Config, codesPerFrame } from '../model/config.ts'
import { type PromptImage, toFrame } from './image.ts'

/** A picture, several consecutive ones, or tokens, frame after frame, [P · S], with N codebooks [P · S · N]. */
export type Prompt = PromptImage | readonly PromptImage[] | Int32Array

/** RGBA8 pixels u32 [H · W], or tokens i32 [S · N]. */
export type PromptFrame = Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>

/** @throws ArgumentError when raw pixels do not have the frame's size, tokens are not this model's, or the prompt is empty */
export async function promptFrames(prompt: Prompt, config: Config): Promise<PromptFrame[]> {
  if (prompt instanceof Int32Array) return tokenFrames(prompt, config)
  const list = (Array.isArray(prompt) ? prompt : [prompt]) as readonly PromptImage[]
  if (list.length === 0) throw new ArgumentError('a prompt needs at least one picture')
  const { height, width } = config.frame
  return Promise.all(list.map(image => toFrame(image, width, height)))
}

function tokenFrames(tokens: Int32Array, config: Config): PromptFrame[] {
  const { tokenizer } = config
  const S = codesPerFrame(config)
  if (tokens.length === 0 || tokens.length % S !== 0)
    throw new ArgumentError(`the prompt has ${tokens.length} tokens, this world's frames have ${S} tokens each`)
  const odd = tokens.find(token => token < 0 || token >= tokenizer.codes)
  if (odd !== undefined)
    throw new ArgumentError(`the prompt holds token ${odd}, this world's tokens are 0 … ${tokenizer.codes - 1}`)
  return Array.from({ length: tokens.length / S }, (_, i) => Int32Array.from(tokens.subarray(i * S, (i + 1) * S)))
}
