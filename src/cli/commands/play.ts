// `djinn play`: pictures and a list of actions in, generated frames out, as an animation, a contact sheet or tensors.
import { extname } from 'node:path'
import { codebooksOf, MAX_STEPS } from '../../model/config.ts'
import { Pcg } from '../../random.ts'
import { hostTensor, writeSafetensors } from '../../weights/safetensors.ts'
import { World } from '../../world/world.ts'
import { actionList } from '../action_list.ts'
import { type Command, UsageError } from '../arguments.ts'
import { encodeSheet } from '../contact_sheet.ts'
import { dawnOptions } from '../dawn.ts'
import type { Frames } from '../frames.ts'
import { encodeGif } from '../gif.ts'
import type { Image } from '../images.ts'
import { directorySource, readConfig } from '../model_files.ts'
import { precisionOf, precisionOption } from '../open_gpu.ts'
import { showProgress } from '../progress.ts'
import { readPrompt } from '../prompts.ts'
import { writeWhole } from '../whole_file.ts'

const DEFAULT_FRAMES = 24

export const play: Command = {
  summary: 'Plays a world: from one picture, or several in a row, frame by frame under a list of actions.',
  usage: ['play MODEL_DIR --prompt FILE… [--actions LIST] [--steps N] --out OUT.gif|OUT.png|OUT.safetensors'],
  positionals: ['MODEL_DIR'],
  variadicOption: 'prompt',
  options: {
    prompt: {
      value: 'FILE',
      multiple: true,
      help: 'PNG or JPEG, cut to the frame; or CLIP.safetensors, the frames of its clip 0 (#3: of clip 3; #3:8: its first 8); several follow one another',
    },
    actions: {
      value: 'LIST',
      multiple: true,
      help: `latent actions, one per frame: 0,3,3,1, or 3x10 for ten times 3 (${DEFAULT_FRAMES} at random)`,
    },
    steps: { value: 'N', help: "decoding steps per frame (the model's own)" },
    temperature: { value: 'X', help: "temperature of sampling; 0 takes the most likely tokens (the model's own)" },
    seed: { value: 'N', help: 'seed of the random numbers (0)' },
    precision: precisionOption,
    scale: { value: 'N', help: 'GIF and PNG: enlarge each pixel to N × N (4)' },
    out: {
      value: 'FILE',
      help: '.gif, an animation; .png, a contact sheet; .safetensors, frames u8 [n, height, width, 3] and tokens i32 [n, S] or [n, S, N], prompt first',
    },
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    const out = args.output('out', ['.gif', '.png', '.safetensors'])
    const scale = args.integer('scale', 4, 1, 16)
    const seed = args.integer('seed', 0, 0, 0xffffffff)
    const prompts = args.texts('prompt')
    if (prompts.length === 0) throw new UsageError('--prompt is missing: a picture to begin with')
    const precision = precisionOf(args)
    args.integer('steps', 1, 1, MAX_STEPS)
    args.number('temperature', 1, 0, 100)

    const { frame, latent_action, sampling } = await readConfig(directory)
    const given = actionList(args.texts('actions'), latent_action.actions)
    const random = new Pcg(seed)
    const actions =
      given.length > 0 ? given : Array.from({ length: DEFAULT_FRAMES }, () => random.below(latent_action.actions))
    const steps = args.integer('steps', sampling.steps, 1, MAX_STEPS)
    const temperature = args.number('temperature', sampling.temperature, 0, 100)
    const images: Image[] = []
    for (const prompt of prompts) images.push(...(await readPrompt(prompt, frame.width, frame.height)))

    const world = await World.load(directorySource(directory), { ...(await dawnOptions()), precision, seed })
    Object.assign(world.sampling, { steps, temperature })
    const start = performance.now()
    const { frames, tokens } = await playActions(world, images, actions, extname(out).toLowerCase() === '.safetensors')
    const milliseconds = (performance.now() - start) / actions.length
    await writeWhole(out, await encode(out, frames, tokens, frame.rate, scale, codebooksOf(world.config.tokenizer)))
    console.log(
      `${out}: a prompt of ${images.length}, then ${actions.length} frames played, ${milliseconds.toFixed(1)} ms each on ${world.gpu.adapterName}, ${world.gpu.precision}`,
    )
  },
}

/** Prompts the world and plays `actions`. `tokens` [n, S · N] only where they are wanted; frames begin with the prompt's pixels. */
export async function playActions(
  world: World,
  images: readonly Image[],
  actions: readonly number[],
  wantsTokens: boolean,
): Promise<{ frames: Frames; tokens: Int32Array }> {
  const { height, width } = world.config.frame
  const count = images.length + actions.length
  const frames: Frames = { count, height, width, data: new Uint8Array(count * height * width * 3) }
  let at = 0
  const add = (rgba: Uint8Array | Uint8ClampedArray) => {
    for (let i = 0; i < rgba.length; i += 4, at += 3) frames.data.set(rgba.subarray(i, i + 3), at)
  }
  for (const image of images) add(image.data)
  await world.prompt([...images])
  const tokens = wantsTokens ? [world.promptTokens()] : []
  const progress = showProgress('playing', actions.length, 'frames')
  for (const action of actions) {
    await world.ready
    world.step(action)
    add(await world.read())
    if (wantsTokens) tokens.push(await world.tokens())
    progress.advance()
  }
  progress.stop()
  return { frames, tokens: Int32Array.from(tokens.flatMap(t => [...t])) }
}

async function encode(
  out: string,
  frames: Frames,
  tokens: Int32Array,
  rate: number,
  scale: number,
  codebooks: number,
): Promise<Uint8Array> {
  switch (extname(out).toLowerCase()) {
    case '.gif':
      return encodeGif(frames, rate, scale)
    case '.png':
      return encodeSheet(frames, scale)
    default: {
      const { count, height, width, data } = frames
      const positions = tokens.length / count / codebooks
      const tensors = {
        frames: hostTensor(data, [count, height, width, 3]),
        tokens: hostTensor(tokens, codebooks > 1 ? [count, positions, codebooks] : [count, positions]),
      }
      return Buffer.concat(writeSafetensors(tensors))
    }
  }
}
