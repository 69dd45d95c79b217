// The quality of a world against its decoding settings: every setting plays the same held-out clips with the same seeds, so that
// settings can be compared clip by clip. tools/quality_curve.mjs runs this and draws the chart.

import { findCharacters } from '../arcade/evaluation/character_finder.ts'
import { openClips } from '../src/cli/clip_reader.ts'
import { directorySource, readConfig } from '../src/cli/model_files.ts'
import { openGpu } from '../src/cli/open_gpu.ts'
import { ClipEncoder } from '../src/evaluation/clip_encoder.ts'
import type { EvalClips } from '../src/evaluation/eval_clips.ts'
import { mean, perplexity, psnr, squaredError, unitValues } from '../src/evaluation/metrics.ts'
import { type Picture, promptWith, readPicture, rollOut } from '../src/evaluation/rollout.ts'
import { promptLength } from '../src/evaluation/rollout_metrics.ts'
import { familyOf } from '../src/families/families.ts'
import { Pcg } from '../src/random.ts'
import { counts } from '../src/statistics.ts'
import type { Snapshot } from '../src/world/snapshots.ts'
import { World } from '../src/world/world.ts'

/** What is varied. A threshold of 1 is the fixed schedule. */
interface Setting {
  steps: number
  threshold: number
}

/** One clip played at one setting. */
interface ClipQuality extends Setting {
  clip: number
  /** PSNR of the 4th and 8th frame played with inferred actions; dB. */
  frame4: number
  frame8: number
  /** `frame4` less the PSNR of the 4th frame played with random actions (Δ₄PSNR); dB. */
  delta4: number
  /** Decoding steps a frame took: the mean of the 16 frames. */
  passes: number
  /** Of a long roll-out under random keys; absent where none was played. The key's name is that of the files in bench/results/quality. */
  dream?: LongRollOut
  /** Milliseconds of a played frame, from `step` to done, without reading it back; measured where a long roll-out was played. */
  ms?: number
}

interface LongRollOut {
  /** Share of frames 1 … 64 and of 193 … 256 with exactly one whole character. */
  whole64: number
  whole256: number
  /** Entropy of a frame's tokens, bits: the mean of frames 57 … 64, of 249 … 256, and of the clip's own frames. */
  entropy64: number
  entropy256: number
  entropyReal: number
}

const AHEAD = 16 // frames played with inferred actions
const DELTA = 4
const LONG = 256
const TIMED_FRAMES = 8
const ROUNDS = 3

export class QualityCurve {
  private constructor(
    private readonly world: World,
    private readonly data: EvalClips,
    private readonly encoder: ClipEncoder,
    readonly adapter: string,
  ) {}

  /** Loads the model of a folder, and the clips that it is measured on. */
  static async open(directory: string, clipFile: string): Promise<QualityCurve> {
    const config = await readConfig(directory)
    const data = await (await openClips(clipFile, config)).evalClips()
    const gpu = await openGpu(undefined)
    const files = directorySource(directory)
    const models = await familyOf(config).load()
    const { tokenizer, latentActionModel } = await models.loadComponents(
      gpu,
      config,
      file => files.open(file),
      async name => name === 'latent_action',
    )
    const world = await World.load(files, { device: gpu.device, precision: gpu.precision })
    const encoder = await ClipEncoder.create(gpu, tokenizer, latentActionModel, data.length)
    return new QualityCurve(world, data, encoder, gpu.adapterName)
  }

  /** Plays a clip at each of these settings, with or without a long roll-out. `onResult` is called as soon as a setting is done. */
  async measure(
    clip: number,
    settings: readonly Setting[],
    isLong: boolean,
    onResult: (result: ClipQuality) => void,
  ): Promise<void> {
    const { world, data, encoder } = this
    const frames = await data.frames(clip, 0, data.length)
    const encoded = await encoder.encode(frames)
    const prompt = promptLength(data.length)
    const S = encoded.codes.length / data.length
    const real = mean(
      Array.from({ length: data.length }, (_, t) => entropy(encoded.codes.subarray(t * S, (t + 1) * S))),
    )
    const size = frames.length / data.length
    await promptWith(world, frames.subarray(0, prompt * size))
    world.sampling.seed = clip
    const start = world.save()
    const truth = (k: number) => unitValues(frames.subarray((prompt + k) * size, (prompt + k + 1) * size))
    const led = [...encoded.actions!.subarray(prompt - 1, prompt - 1 + AHEAD)]
    const times = isLong ? await this.timeSettings(start, settings, led.slice(0, TIMED_FRAMES)) : []
    for (const [i, setting] of settings.entries()) {
      this.begin(start, setting)
      world.recordDecoding(true)
      const passes: number[] = []
      const quality: number[] = []
      for (const [k, action] of led.entries()) {
        const [picture] = (await rollOut(world, [action], () => undefined)) as [Picture]
        passes.push((await world.decodingSteps()).length)
        quality.push(psnr(squaredError(picture, truth(k))))
      }
      world.recordDecoding(false)
      this.begin(start, setting)
      const random = new Pcg(clip)
      const actions = Array.from({ length: DELTA }, () => random.below(world.actions))
      const randomly = (await rollOut(world, actions, () => undefined)).at(-1)!
      const result: ClipQuality = {
        clip,
        ...setting,
        frame4: quality[3]!,
        frame8: quality[7]!,
        delta4: quality[3]! - psnr(squaredError(randomly, truth(DELTA - 1))),
        passes: mean(passes),
      }
      if (isLong) {
        this.begin(start, setting)
        result.ms = times[i]!
        result.dream = { ...(await this.rollOutLong(clip)), entropyReal: real }
      }
      onResult(result)
    }
    start.dispose()
  }

  private begin(start: Snapshot, setting: Setting): void {
    this.world.restore(start)
    Object.assign(this.world.sampling, setting)
  }

  /** Milliseconds of a frame at each setting, in turns, so that other work on the machine slows all of them: the best round counts. */
  private async timeSettings(start: Snapshot, settings: readonly Setting[], actions: number[]): Promise<number[]> {
    const { world } = this
    const best = settings.map(() => Number.POSITIVE_INFINITY)
    for (let round = 0; round <= ROUNDS; round++)
      for (const [i, setting] of settings.entries()) {
        this.begin(start, setting)
        await world.gpu.finished()
        const begun = performance.now()
        for (const action of round === 0 ? actions.slice(0, 1) : actions) {
          world.step(action)
          world.flush()
          await world.gpu.finished()
        }
        // The first round may compile.
        if (round > 0) best[i] = Math.min(best[i]!, (performance.now() - begun) / actions.length)
      }
    return best
  }

  /** Plays 256 frames under random keys, each held for 3 to 10 frames. */
  private async rollOutLong(seed: number): Promise<Omit<LongRollOut, 'entropyReal'>> {
    const { world } = this
    const { frame, keys } = world.config
    const choice = [...new Set(Object.values(keys ?? {}))]
    const random = new Pcg(seed)
    const whole: boolean[] = []
    const entropies: number[] = []
    let [action, left] = [0, 0]
    for (let t = 0; t < LONG; t++) {
      if (left-- <= 0) [action, left] = [choice[random.below(choice.length)]!, random.between(3, 10) - 1]
      await world.ready
      world.step(action)
      whole.push(findCharacters(await readPicture(world), frame.height, frame.width).length === 1)
      entropies.push(entropy(await world.tokens()))
    }
    const share = (list: boolean[]) => mean(list.map(Number))
    return {
      whole64: share(whole.slice(0, 64)),
      whole256: share(whole.slice(-64)),
      entropy64: mean(entropies.slice(56, 64)),
      entropy256: mean(entropies.slice(-8)),
    }
  }
}

/** Entropy of the codes of a frame, bits. */
const entropy = (codes: Int32Array): number => Math.log2(perplexity(counts(codes, Math.max(...codes) + 1)))
