// Plays the same frames in the engine and in onnxruntime-web, whose decoding loop is the ordinary one: the whole window again in every
// step, without a KV cache.

import type { Config, SamplingConfig } from '../src/model/config.ts'
import { samplingSchedule } from '../src/model/maskgit_decoder.ts'
import type { Step } from '../src/model/unmasking.ts'
import type { ModelSource } from '../src/weights/model_source.ts'
import type { Snapshot } from '../src/world/snapshots.ts'
import { World } from '../src/world/world.ts'
import type { OnnxModels } from './onnx_models.ts'
import type { OrtRuntime } from './ort.ts'

/** Keys as a player holds them, and for how many frames. */
const SCRIPT: [keys: string[], frames: number][] = [
  [[], 3],
  [['ArrowRight'], 8],
  [['ArrowRight', 'ArrowUp'], 4],
  [['ArrowRight'], 3],
  [[], 2],
  [['ArrowUp'], 3],
  [['ArrowLeft'], 5],
  [['ArrowLeft', 'ArrowUp'], 3],
  [[], 1],
]

/** Greedy decoding: temperature 0 and no choice noise. */
export type Greedy = Pick<SamplingConfig, 'steps' | 'threshold'>

/**
 * Plays a script of keys in both, frame by frame in turns, after some frames that Djinn played and that fill the window. If both are greedy
 * with the same steps, they must choose the same tokens for the first frame. Later ones may differ, because a loop without a cache does not see what left its window.
 */
export async function comparePlay(
  device: GPUDevice,
  source: ModelSource,
  picture: ImageBitmap,
  runtime: OrtRuntime,
  models: OnnxModels,
  [ours, theirs]: [Greedy | 'as shipped', Greedy],
) {
  const world = await World.load(source, { device })
  const { window } = world.config.dynamics
  const script = SCRIPT.flatMap(([keys, frames]) => Array<number>(frames).fill(world.actionFor(...keys)))
  await world.prompt(picture)
  const past: number[] = []
  for (const action of script.slice(0, window - 1)) {
    await world.ready
    world.step(action)
    past.push(...(await world.tokens()))
  }
  const prompt = Int32Array.from(past)
  const count = prompt.length / (window - 1) // tokens per frame
  const isGreedy = ours !== 'as shipped'
  if (isGreedy) Object.assign(world.sampling, { temperature: 0, choice_temperature: 0, threshold: 1 }, ours)
  await world.prompt(prompt.slice())
  const snapshot = world.save()
  const schedule = samplingSchedule(count, { ...world.sampling, threshold: 1, ...theirs })
  const [dynamics, decoder] = [await runtime.session(models.dynamics), await runtime.session(models.decoder)]
  const peer = new PeerWorld(dynamics, decoder, world.config, prompt, schedule)
  const begin = () => {
    world.restore(snapshot)
    peer.begin()
  }
  const step = async (action: number) => {
    world.step(action)
    world.flush()
    await device.queue.onSubmittedWorkDone()
  }
  const played = runtime.isOnCpu ? script : script.slice(0, 1)
  begin()
  await step(played[0]!)
  await peer.step(played[0]!)
  const tokens = await world.tokens()
  const differing = peer.newest.reduce((sum, t, i) => sum + Number(t !== tokens[i]), 0)
  begin()
  let [ourTime, theirTime] = [0, 0]
  for (const action of played) {
    const start = performance.now()
    await step(action)
    const between = performance.now()
    await peer.step(action)
    ourTime += (between - start) / played.length
    theirTime += (performance.now() - between) / played.length
  }
  const ourPasses = isGreedy ? ours.steps : await meanPasses(world, snapshot, played)
  snapshot.dispose()
  world.dispose()
  const isSame = isGreedy && ours.steps === theirs.steps
  const adaptive = (theirs.threshold ?? 1) < 1
  return {
    what: isSame
      ? `a played frame, ${theirs.steps} steps`
      : `a played frame, Djinn as shipped, the peer ${theirs.steps} steps${adaptive ? `, threshold ${theirs.threshold}` : ''}`,
    ours: ourTime,
    theirs: theirTime,
    ratio: theirTime / ourTime,
    correct: isSame && differing === 0,
    ...(isSame && differing > 0 && { note: `${differing} of ${count} tokens of the first frame differ` }),
    ...(!isSame && {
      note: `mean passes over ${played.length} frames: Djinn ${ourPasses.toFixed(2)}, the peer ${(peer.passes / played.length).toFixed(2)}; for the quality see docs/quality.md`,
    }),
  }
}

type Session = Awaited<ReturnType<OrtRuntime['session']>>

/** The peer's play. Every decoding step computes the whole window. */
class PeerWorld {
  /** Decoding steps since `begin`. */
  passes = 0
  /** The tokens of the newest frame. */
  newest = new Int32Array()
  private readonly tokens: Int32Array<ArrayBuffer> // of the window; the newest frame comes last
  private readonly actions: Int32Array<ArrayBuffer>

  /** @param prompt the tokens of a window less its newest frame */
  constructor(
    private readonly dynamics: Session,
    private readonly decoder: Session,
    private readonly config: Config,
    private readonly prompt: Int32Array,
    private readonly schedule: readonly Step[],
  ) {
    const { window } = config.dynamics
    this.tokens = new Int32Array((prompt.length / (window - 1)) * window)
    this.actions = new Int32Array(window)
  }

  begin(): void {
    this.tokens.set(this.prompt)
    this.actions.fill(-1)
    this.passes = 0
  }

  async step(action: number): Promise<void> {
    const { tokens, actions, prompt, config } = this
    const { window } = config.dynamics
    const { codes: K, window: decoderWindow } = config.tokenizer
    const count = tokens.length / window
    tokens.fill(K, prompt.length)
    actions[window - 1] = action
    for (const decoding of this.schedule) {
      const logits = await this.dynamics({
        tokens: { values: tokens, shape: [window, count] },
        actions: { values: actions, shape: [window] },
      })
      this.passes++
      keepSurest(tokens.subarray(prompt.length), logits.subarray(prompt.length * K), K, decoding)
      if (!tokens.includes(K)) break
    }
    await this.decoder({ tokens: { values: tokens.slice(-decoderWindow * count), shape: [decoderWindow, count] } })
    this.newest = tokens.slice(prompt.length)
    tokens.copyWithin(0, count)
    actions.copyWithin(0, 1)
  }
}

/** The mean number of decoding steps per frame. The same frames are played once more to count them. */
async function meanPasses(world: World, snapshot: Snapshot, actions: readonly number[]): Promise<number> {
  world.restore(snapshot)
  world.recordDecoding(true)
  let passes = 0
  for (const action of actions) {
    await world.ready
    world.step(action)
    passes += (await world.decodingSteps()).length
  }
  return passes / actions.length
}

/** A step of MaskGIT's decoding on the CPU: masked tokens take their likeliest code, but the `maskedAfter` least confident do so only past the threshold. */
function keepSurest(tokens: Int32Array, logits: Float32Array, K: number, { maskedAfter, logThreshold }: Step): void {
  const masked = [...tokens.keys()].filter(i => tokens[i] === K)
  const candidates = masked.map(i => {
    const row = logits.subarray(i * K, (i + 1) * K)
    const code = row.indexOf(row.reduce((a, b) => Math.max(a, b)))
    const total = row.reduce((sum, v) => sum + Math.exp(v - row[code]!), 0)
    return { i, code, confidence: -Math.log(total) }
  })
  candidates.sort((a, b) => a.confidence - b.confidence || a.i - b.i)
  for (const [rank, { i, code, confidence }] of candidates.entries())
    if (rank >= maskedAfter || confidence >= logThreshold) tokens[i] = code
}
