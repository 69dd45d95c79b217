// Trains a world in the Worker: tokenizer, latent actions, dynamics, each from its last checkpoint to its last step. It reads and writes
// the project in the browser's storage, and reports events.

import { bindKeys } from '../../arcade/evaluation/key_binding.ts'
import { measureHealth } from '../evaluation/health.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { ComponentName } from '../model/component_names.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import { COMPONENTS } from '../training/components.ts'
import { type Clips, concatenated } from '../training/data/clips.ts'
import { splitHeldOut } from '../training/held_out.ts'
import { PRESETS } from '../training/presets.ts'
import { Random } from '../training/random.ts'
import { runResumable } from '../training/resumable.ts'
import type { TrainingStep } from '../training/step.ts'
import type { CheckpointMetadata, Plan, Project } from '../ui/project.ts'
import type { OpenFile } from '../weights/model_source.ts'
import { bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'
import type { ClipFile } from './clip_file.ts'
import { COMPONENT_WORDS } from './component_words.ts'
import { HeldClips } from './held_clips.ts'
import { inferActions } from './inferred_actions.ts'
import { keysByPlay } from './keys_by_play.ts'
import { PREVIEWS, type Preview } from './previews.ts'
import { measureStepSeconds } from './step_timing.ts'
import { storePreview } from './stored_previews.ts'

/** A point of a component's curves. */
export interface CurvePoint {
  step: number
  loss: number
  /** The first of the component's metrics. */
  metric: number
}

export type TrainingEvent =
  /** Work before the first step or after the last, of which `share` is done, 0 … 1, where that is known. */
  | { kind: 'preparing'; component: ComponentName; text: string; share?: number }
  /** That work is paused, and can be resumed. */
  | { kind: 'held'; component: ComponentName }
  /** Training continues after step `step` of `steps`. */
  | { kind: 'started'; component: ComponentName; step: number; steps: number; log: CurvePoint[] }
  | { kind: 'reported'; component: ComponentName; point: CurvePoint; rate: number }
  | { kind: 'checkpoint'; component: ComponentName; step: number }
  | { kind: 'preview'; component: ComponentName; preview: Preview }
  | { kind: 'finished'; component: ComponentName; step: number; log: CurvePoint[]; advice: string[] }
  /** An error ended it; `next` says what to do. */
  | { kind: 'failed'; component: ComponentName; next: string }
  | { kind: 'notice'; text: string }

const SEED = 1
const REPORT_SECONDS = 0.5
const CHECKPOINT_SECONDS = 5
const PREVIEW_SECONDS = 25
/** Training takes at least this many times as long as previews. */
const TRAINING_PER_PREVIEW = 10
const MIN_STEPS = 10
const MAX_POINTS = 600
/** Time for finding keys by play, as a share of the minutes of training. */
const PLAYED = 0.15
const MEASURING = 'Measuring what it has learnt'
const TRYING = 'Playing every action to find its key'

export class Trainer {
  /** The current component. */
  component: ComponentName = COMPONENTS[0]!.name
  private readonly clips: HeldClips

  /**
   * @param gpu of precision f32
   * @param isStopped is called after every step
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly project: Project,
    private readonly plan: Plan,
    clips: ClipFile,
    private readonly onEvent: (event: TrainingEvent) => void,
    private readonly isStopped: () => boolean,
  ) {
    this.clips = new HeldClips(clips, () => onEvent({ kind: 'held', component: this.component }))
  }

  /** Pauses the work before the first step or after the last. Steps end when `isStopped` says so. */
  hold(): void {
    this.clips.hold()
  }

  /** Continues held work. */
  release(): void {
    this.clips.release()
  }

  /** Trains every component that is not done, until it is stopped. Checkpoints hold what was trained. */
  async run(): Promise<void> {
    for (const component of COMPONENTS) {
      if (this.isStopped()) return
      const { name } = component
      const { advice } = this.plan
      this.component = name
      const metadata = await this.project.checkpoints(name).metadata()
      const step = Number(metadata?.step)
      if (metadata && step >= Number(metadata.steps) && (!advice || name in advice))
        this.onEvent({ kind: 'finished', component: name, step, log: logOf(metadata), advice: advice?.[name] ?? [] })
      else await this.train(component, metadata)
    }
  }

  private async train(component: ComponentSpec, saved: CheckpointMetadata | undefined): Promise<void> {
    const { plan, project, clips, onEvent } = this
    const { name } = component
    const { config, size } = plan
    const { preparing } = COMPONENT_WORDS[name]
    const onProgress = (share: number, text = preparing) => onEvent({ kind: 'preparing', component: name, text, share })
    onEvent({ kind: 'preparing', component: name, text: preparing })
    const gpu = this.gpu.scope()
    clips.mayWait = true
    try {
      const needsActions = component.needs(config).includes('latent_action')
      const inferred = needsActions ? await inferActions(gpu, config, project, clips, onProgress) : undefined
      if (inferred) await this.bindKeys(inferred)
      const shape = PRESETS[size].batches[name]
      const trainable = trainableOf(component, config, shape)
      const open = (file: string) => project.source().open(file)
      const { train, trained, heldOut } = splitHeldOut(clips)
      const actions = inferred && { actions: trained.map(clip => inferred[clip]!) }
      const onNotice = (text: string) => onEvent({ kind: 'notice', text })
      const { codeStore } = project
      const searchSeconds = 60 * plan.minutes.latent_action
      const told = { searchSeconds, onProgress, onNotice }
      const context = { gpu, config, clips: train, shape, open, codeStore, ...actions, ...told }
      let recipe = await component.recipe(context)
      let steps = Number(saved?.steps)
      if (!saved) {
        // The timed steps and the run start from the same initial weights.
        const initial = await recipe.initWeights(new Random(SEED, 0), gpu)
        recipe = { ...recipe, initWeights: async () => initial }
        // A pause would count as time of a step.
        clips.mayWait = false
        const onTimed = (share: number) => onProgress(share, 'Timing a step')
        const seconds = await measureStepSeconds(gpu, trainable, recipe, initial, SEED, onTimed)
        steps = Math.max(MIN_STEPS, Math.round((60 * plan.minutes[name]) / seconds))
      }
      clips.mayWait = false
      let log = saved ? logOf(saved) : []
      onEvent({ kind: 'started', component: name, step: Number(saved?.step ?? 0), steps, log })
      let due = performance.now() + 1000 * PREVIEW_SECONDS
      let last = { step: Number(saved?.step ?? 0), at: performance.now() }
      const ended = await runResumable(gpu, trainable, recipe, project.checkpoints(name), true, {
        seed: SEED,
        warmUp: Math.min(100, Math.ceil(steps / 10)),
        progress: step => step / steps,
        isStopped: this.isStopped,
        reportSeconds: REPORT_SECONDS,
        checkpointSeconds: CHECKPOINT_SECONDS,
        onReport: (step, _, { loss, terms }) => {
          const point = { step, loss, metric: Object.values(component.metrics(terms))[0]! }
          const now = performance.now()
          const rate = (1000 * (step - last.step)) / (now - last.at)
          last = { step, at: now }
          log = [...(log.length < MAX_POINTS ? log : log.filter((_, i) => i % 2 === 0)), point]
          onEvent({ kind: 'reported', component: name, point, rate })
        },
        metadata: () => ({ steps: `${steps}`, log: JSON.stringify(log) }),
        onCheckpoint: step => onEvent({ kind: 'checkpoint', component: name, step }),
        afterStep: async (_, training) => {
          const began = performance.now()
          if (began < due) return
          await this.preview(gpu, name, training)
          const now = performance.now()
          due = now + Math.max(1000 * PREVIEW_SECONDS, TRAINING_PER_PREVIEW * (now - began))
        },
      })
      if (ended.step < steps) return
      clips.mayWait = true
      const advice = await this.measure(gpu, component, ended.training, heldOut)
      onEvent({ kind: 'finished', component: name, step: ended.step, log, advice })
    } finally {
      gpu.dispose()
    }
  }

  /** Binds keys to latent actions if the clips have labels of moves and keys, and stores them in the plan. */
  private async bindKeys(actions: readonly Int32Array[]): Promise<void> {
    const { project, plan, clips } = this
    if (!clips.moves || !clips.keys || plan.config.keys) return
    const found = bindKeys(concatenated(actions), clips, plan.config.latent_action.actions)
    plan.config.keys = Object.fromEntries(
      found.flatMap(({ key, action }) => (action === undefined ? [] : [[key, action]])),
    )
    await project.setPlan(plan)
  }

  /** Shows and keeps a preview by a component's current weights. */
  private async preview(gpu: Gpu, component: ComponentName, training: TrainingStep): Promise<void> {
    const open = await this.opener(component, training)
    const preview = await PREVIEWS[component](gpu, this.plan.config, open, this.clips)
    this.onEvent({ kind: 'preview', component, preview })
    await storePreview(this.project, component, preview)
  }

  /**
   * After the last step: a preview, keys by play where there are none yet, and the health on clips set aside.
   * @returns advice, which the plan keeps
   */
  private async measure(gpu: Gpu, component: ComponentSpec, training: TrainingStep, clips: Clips): Promise<string[]> {
    const { project, plan, onEvent } = this
    const { name } = component
    const { config } = plan
    const progress = (text: string) => (share: number) => onEvent({ kind: 'preparing', component: name, text, share })
    onEvent({ kind: 'preparing', component: name, text: MEASURING })
    await this.preview(gpu, name, training)
    const source = { name: config.name, open: await this.opener(name, training) }
    if (component.needs(config).includes('latent_action') && !config.keys) {
      const seconds = PLAYED * 60 * Object.values(plan.minutes).reduce((a, b) => a + b)
      Object.assign(config, await keysByPlay(gpu, source, project, clips, seconds, progress(TRYING)))
      await project.setPlan(plan)
    }
    const health = await measureHealth(name, gpu, config, source, clips, { onProgress: progress(MEASURING) })
    const advice = health?.advice ?? []
    if (plan.advice) {
      plan.advice[name] = advice
      await project.setPlan(plan)
    }
    return advice
  }

  /** Opens the project's files, and the current weights of a component. */
  private async opener(component: ComponentName, training: TrainingStep): Promise<OpenFile> {
    const file = `${component}.safetensors`
    const weights = bytesSource(file, joined(writeSafetensors(await training.weights())))
    return async name => (name === file ? weights : this.project.source().open(name))
  }
}

const logOf = (metadata: CheckpointMetadata): CurvePoint[] => JSON.parse(metadata.log!)
