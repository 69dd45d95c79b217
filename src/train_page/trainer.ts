// Trains a world in the Worker: tokenizer, latent actions, dynamics, each from its last checkpoint to its last step. It reads and writes
// the project in the browser's storage, and reports events.

import { bindKeys } from '../../arcade/evaluation/key_binding.ts'
import type { EvalClips } from '../evaluation/eval_clips.ts'
import { type MeasuredHealth, measureHealth } from '../evaluation/health.ts'
import { HealthWatch } from '../evaluation/health_watch.ts'
import { asTrained, startingFrom } from '../fine_tuning/start_weights.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { bindsKeys } from '../input/key_bindings.ts'
import type { ComponentName } from '../model/component_names.ts'
import { Attempt, hasCollapsed } from '../training/attempt.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import { COMPONENTS } from '../training/components.ts'
import { withCurrentWeights } from '../training/current_weights.ts'
import { type Clips, concatenated } from '../training/data/clips.ts'
import { splitHeldOut } from '../training/held_out.ts'
import type { InitialWeights } from '../training/init/initial_weights.ts'
import { type Recipe, warmUpShare } from '../training/loop.ts'
import { PRESETS } from '../training/presets.ts'
import { Random } from '../training/random.ts'
import { runResumable, warmUpSteps } from '../training/resumable.ts'
import type { TrainingStep } from '../training/step.ts'
import { measureStepSeconds } from '../training/step_timing.ts'
import type { Trainable } from '../training/trainable.ts'
import type { CheckpointMetadata, Plan, Project } from '../ui/project.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { COMPONENT_WORDS } from './component_words.ts'
import { finishedEvent } from './finished.ts'
import { inferActions } from './inferred_actions.ts'
import { keysByPlay } from './keys_by_play.ts'
import { PausableClips } from './pausable_clips.ts'
import { PREVIEWS, type Preview } from './previews.ts'
import { keptStart } from './start_worlds.ts'
import { storePreview } from './stored_previews.ts'

/** A point of a component's curves. */
export interface CurvePoint {
  step: number
  loss: number
  /** The first of the component's metrics. */
  metric: number
}

export type TrainingEvent =
  /**
   * Work before the first step or after the last, of which `share` is done, 0 … 1, where that is known. `restarts` where it starts over:
   * how often it has.
   */
  | { kind: 'preparing'; component: ComponentName; text: string; share?: number; restarts?: number }
  /** That work is paused, and can be resumed. */
  | { kind: 'paused'; component: ComponentName }
  /** Training continues after step `step` of `steps`. `restarts`: how often it has started over because the codes had collapsed. */
  | { kind: 'started'; component: ComponentName; step: number; steps: number; restarts: number; log: CurvePoint[] }
  | { kind: 'reported'; component: ComponentName; point: CurvePoint; rate: number }
  | { kind: 'checkpoint'; component: ComponentName; step: number }
  | { kind: 'preview'; component: ComponentName; preview: Preview }
  /** Health was measured: the numbers, and a sentence for each that is bad. */
  | { kind: 'health'; component: ComponentName; text: string; advice: string[] }
  /** `health` as in the last of those events. */
  | ({ kind: 'finished'; component: ComponentName; step: number; restarts: number; log: CurvePoint[] } & FinalHealth)
  /** An error ended it; `next` says what to do. */
  | { kind: 'failed'; component: ComponentName; next: string }
  | { kind: 'notice'; text: string }

interface FinalHealth {
  advice: string[]
  health: string
}

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

/** What the attempts at a component share. */
interface Run {
  component: ComponentSpec
  trainable: Trainable
  recipe: Recipe
  /** Clips that are not trained on. */
  heldOut: Clips
  /** Steps that the component was given. */
  plannedSteps: number
}

export class Trainer {
  /** The current component. */
  component: ComponentName = COMPONENTS[0]!.name
  private readonly clips: PausableClips

  /**
   * @param gpu of precision f32
   * @param isStopped is called after every step
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly project: Project,
    private readonly plan: Plan,
    clips: EvalClips,
    private readonly onEvent: (event: TrainingEvent) => void,
    private readonly isStopped: () => boolean,
  ) {
    this.clips = new PausableClips(clips, () => onEvent({ kind: 'paused', component: this.component }))
  }

  /** Pauses the work before the first step or after the last. Steps end when `isStopped` says so. */
  pause(): void {
    this.clips.pause()
  }

  /** Continues paused work. */
  resume(): void {
    this.clips.resume()
  }

  /** Trains every component that is not done, until it is stopped. Checkpoints hold what was trained. */
  async run(): Promise<void> {
    for (const component of COMPONENTS) {
      if (this.isStopped()) return
      const { name } = component
      this.component = name
      const metadata = await this.project.checkpoints(name).metadata()
      const finished = finishedEvent(name, this.plan, metadata)
      if (finished) this.onEvent(finished)
      else await this.train(component, metadata)
    }
  }

  private async train(spec: ComponentSpec, saved: CheckpointMetadata | undefined): Promise<void> {
    const { plan, project, clips, onEvent } = this
    const { name } = spec
    const { config, size, start } = plan
    const other = start === undefined ? undefined : keptStart(project, start)
    const component = await asTrained(spec, config, other, saved)
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
      const known = inferred && { knownActions: trained.map(clip => inferred[clip]!) }
      const onNotice = (text: string) => onEvent({ kind: 'notice', text })
      const { codeStore } = project
      const searchSeconds = 60 * plan.minutes.latent_action
      const told = { searchSeconds, onProgress, onNotice }
      const context = { gpu, config, clips: train, shape, open, codeStore, ...known, ...told }
      let recipe = await component.recipe(context)
      if (other && !saved) {
        const found = { gpu, clips: train, open, onFound: onNotice }
        const begun = await startingFrom(other, component, config, recipe, found)
        recipe = begun.recipe
        onNotice(`${begun.said}.`)
      }
      let plannedSteps = Number(saved?.plannedSteps ?? saved?.steps)
      let initial: InitialWeights | undefined
      if (!saved) {
        // The timed steps and the first attempt start from the same initial weights.
        initial = await recipe.initWeights(new Random(SEED, 0), gpu)
        // A pause would count as time of a step.
        clips.mayWait = false
        const onTimed = (share: number) => onProgress(share, 'Timing a step')
        const seconds = await measureStepSeconds(gpu, trainable, recipe, initial, SEED, onTimed)
        plannedSteps = Math.max(MIN_STEPS, Math.round((60 * plan.minutes[name]) / seconds))
      }
      const run = { component, trainable, recipe, heldOut, plannedSteps }
      const continued = hasCollapsed(saved) ? undefined : saved
      let next = await this.attempt(run, Attempt.of(saved, SEED), continued, initial)
      while (next) next = await this.attempt(run, next)
    } finally {
      gpu.dispose()
    }
  }

  /**
   * Trains a component to the last step, unless it is stopped or its codes collapse.
   * @param saved the attempt's last checkpoint
   * @param initial its initial weights, where they are known
   * @returns the next attempt, where the codes have collapsed
   */
  private async attempt(
    { component, trainable, recipe, heldOut, plannedSteps }: Run,
    attempt: Attempt,
    saved?: CheckpointMetadata,
    initial?: InitialWeights,
  ): Promise<Attempt | undefined> {
    const { project, clips, onEvent } = this
    const { name } = component
    const { restarts, seed } = attempt
    const steps = attempt.stepsOf(plannedSteps)
    const warmUp = warmUpSteps(steps)
    const gpu = this.gpu.scope()
    clips.mayWait = true
    try {
      if (!saved && restarts > 0)
        onEvent({ kind: 'preparing', component: name, text: `Starting over with seed ${seed}`, restarts })
      // A checkpoint has its own weights.
      const weights = saved ? undefined : (initial ?? (await recipe.initWeights(new Random(seed, 0), gpu)))
      const given = weights ? { ...recipe, initWeights: async () => weights } : recipe
      clips.mayWait = false
      let log = saved ? logOf(saved) : []
      let last = { step: Number(saved?.step ?? 0), at: performance.now() }
      onEvent({ kind: 'started', component: name, step: last.step, steps, restarts, log })
      let due = performance.now() + 1000 * PREVIEW_SECONDS
      const watch = new HealthWatch(name, attempt, (step, progress) => warmUpShare({ step, progress }, warmUp) < 1)
      const ended = await runResumable(gpu, trainable, given, project.checkpoints(name), saved !== undefined, {
        seed,
        warmUp,
        progress: step => step / steps,
        isStopped: () => watch.startsOver || this.isStopped(),
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
        metadata: () => ({
          ...attempt.metadata(watch.startsOver),
          steps: `${steps}`,
          plannedSteps: `${plannedSteps}`,
          ...(component.isContinued && { isContinued: 'true' }),
          log: JSON.stringify(log),
        }),
        onCheckpoint: step => onEvent({ kind: 'checkpoint', component: name, step }),
        afterStep: async (step, training) => {
          const health = await watch.afterStep(step, step / steps, async restarts =>
            measureHealth(name, gpu, this.plan.config, await this.source(name, training), heldOut, { restarts }),
          )
          const more = watch.startsOver ? [`starting over with seed ${seed + 1}`] : []
          if (health) this.tell(name, health, more)
          const began = performance.now()
          if (began < due || watch.startsOver) return
          await this.preview(gpu, name, training)
          const now = performance.now()
          due = now + Math.max(1000 * PREVIEW_SECONDS, TRAINING_PER_PREVIEW * (now - began))
        },
      })
      if (watch.startsOver) return this.isStopped() ? undefined : attempt.next(ended.step, ended.seconds)
      if (ended.step < steps) return undefined
      clips.mayWait = true
      const measured = await this.measure(gpu, component, ended.training, heldOut, restarts)
      onEvent({ kind: 'finished', component: name, step: ended.step, restarts, log, ...measured })
      return undefined
    } finally {
      gpu.dispose()
    }
  }

  /** Binds keys to latent actions if the clips have labels of moves and keys, and stores them in the plan. */
  private async bindKeys(actions: readonly Int32Array[]): Promise<void> {
    const { project, plan, clips } = this
    if (!clips.moves || !clips.keys || bindsKeys(plan.config.keys)) return
    const found = bindKeys(concatenated(actions), clips, plan.config.latent_action.actions)
    plan.config.keys = Object.fromEntries(
      found.flatMap(({ key, action }) => (action === undefined ? [] : [[key, action]])),
    )
    await project.setPlan(plan)
  }

  /** Shows and keeps a preview by a component's current weights. */
  private async preview(gpu: Gpu, component: ComponentName, training: TrainingStep): Promise<void> {
    const { open } = await this.source(component, training)
    const preview = await PREVIEWS[component](gpu, this.plan.config, open, this.clips)
    this.onEvent({ kind: 'preview', component, preview })
    await storePreview(this.project, component, preview)
  }

  /**
   * After the last step: a preview, keys by play where there are none yet, and the health on held-out clips.
   * @returns what the plan keeps of it
   */
  private async measure(
    gpu: Gpu,
    component: ComponentSpec,
    training: TrainingStep,
    clips: Clips,
    restarts: number,
  ): Promise<FinalHealth> {
    const { project, plan, onEvent } = this
    const { name } = component
    const { config } = plan
    const progress = (text: string) => (share: number) => onEvent({ kind: 'preparing', component: name, text, share })
    onEvent({ kind: 'preparing', component: name, text: MEASURING })
    await this.preview(gpu, name, training)
    const source = await this.source(name, training)
    if (component.needs(config).includes('latent_action') && !bindsKeys(config.keys)) {
      const seconds = PLAYED * 60 * Object.values(plan.minutes).reduce((a, b) => a + b)
      Object.assign(config, await keysByPlay(gpu, source, project, clips, seconds, progress(TRYING)))
      await project.setPlan(plan)
    }
    const options = { onProgress: progress(MEASURING), restarts: { restarts, startsOver: false } }
    const health = await measureHealth(name, gpu, config, source, clips, options)
    if (health) this.tell(name, health)
    if (health?.quietest !== undefined) config.keys ??= { '': health.quietest }
    const { advice, text } = health ?? { advice: [], text: '' }
    if (plan.advice) plan.advice[name] = advice
    plan.health = { ...plan.health, [name]: text }
    await project.setPlan(plan)
    return { advice, health: text }
  }

  /** @param more sentences after the advice */
  private tell(component: ComponentName, { text, advice }: MeasuredHealth, more: string[] = []): void {
    this.onEvent({ kind: 'health', component, text, advice: [...advice, ...more] })
  }

  /** The project's world, with the current weights of a component. */
  private source(component: ComponentName, training: TrainingStep): Promise<ModelSource> {
    return withCurrentWeights(this.project.source(), component, training)
  }
}

const logOf = (metadata: CheckpointMetadata): CurvePoint[] => JSON.parse(metadata.log!)
