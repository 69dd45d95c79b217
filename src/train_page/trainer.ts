// The training of a world, in its Worker: tokenizer, latent actions, dynamics, each from its last checkpoint to its end. It knows no page,
// only the project that the browser keeps, and whom to tell.

import { bindKeys } from '../../arcade/evaluation/key_binding.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { ActionEncoder } from '../model/action_inference.ts'
import type { ComponentName } from '../model/components.ts'
import { type ComponentSpec, trainableOf } from '../training/components/spec.ts'
import { COMPONENTS } from '../training/components.ts'
import { Random } from '../training/random.ts'
import { runResumable } from '../training/resumable.ts'
import type { TrainingStep } from '../training/step.ts'
import type { CheckpointMetadata, Plan, Project } from '../ui/project.ts'
import { type ByteSource, bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'
import type { ClipFile } from './clip_file.ts'
import { COMPONENT_WORDS } from './component_words.ts'
import { PRESETS } from './presets.ts'
import { PREVIEWS, type Preview } from './previews.ts'
import { measureStepSeconds } from './step_timing.ts'

/** What a report shows. */
export interface CurvePoint {
  step: number
  loss: number
  /** The first of the component's metrics. */
  metric: number
}

export type TrainingEvent =
  | { kind: 'preparing'; component: ComponentName; text: string }
  /** It trains, from after `step` on; `steps` in all. */
  | { kind: 'started'; component: ComponentName; step: number; steps: number; log: CurvePoint[] }
  | { kind: 'reported'; component: ComponentName; point: CurvePoint; rate: number }
  | { kind: 'checkpoint'; component: ComponentName; step: number }
  | { kind: 'preview'; component: ComponentName; preview: Preview }
  | { kind: 'finished'; component: ComponentName; step: number; log: CurvePoint[] }
  | { kind: 'notice'; text: string }

const SEED = 1
const REPORT_SECONDS = 0.5
const CHECKPOINT_SECONDS = 5
const PREVIEW_SECONDS = 25
/** So much more time than on previews is spent on training. */
const PREVIEW_SHARE = 10
const LEAST_STEPS = 10
const MOST_POINTS = 600
const BOUND_CLIPS = 40 // that keys are learned from

export class Trainer {
  /**
   * @param gpu of precision f32
   * @param isStopped asked after every step
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly project: Project,
    private readonly plan: Plan,
    private readonly clips: ClipFile,
    private readonly tell: (event: TrainingEvent) => void,
    private readonly isStopped: () => boolean,
  ) {}

  /** Trains every component that is not done, until it is stopped. Checkpoints hold what was trained. */
  async run(): Promise<void> {
    for (const component of COMPONENTS) {
      if (this.isStopped()) return
      const { name } = component
      const notes = await this.project.checkpoints(name).metadata()
      if (notes && Number(notes.step) >= Number(notes.steps))
        this.tell({ kind: 'finished', component: name, step: Number(notes.step), log: logOf(notes) })
      else await this.train(component, notes)
    }
  }

  private async train(component: ComponentSpec, notes: CheckpointMetadata | undefined): Promise<void> {
    const { plan, project, clips, tell } = this
    const { name } = component
    const { config, size } = plan
    tell({ kind: 'preparing', component: name, text: COMPONENT_WORDS[name].preparing })
    const gpu = this.gpu.scope()
    try {
      if (component.needs(config).includes('latent_action')) await this.bindKeys(gpu)
      const shape = PRESETS[size].batches[name]
      const trainable = trainableOf(component, config, shape)
      const open = (file: string) => project.source().open(file)
      const { preparing } = COMPONENT_WORDS[name]
      const onProgress = (share: number) =>
        tell({ kind: 'preparing', component: name, text: `${preparing}, ${Math.round(100 * share)} %` })
      let recipe = await component.recipe({ gpu, config, clips, shape, open, codeStore: project.codeStore, onProgress })
      let steps = Number(notes?.steps)
      if (!notes) {
        // The step is timed with the initial weights that the run then starts from.
        const initial = await recipe.initWeights(new Random(SEED, 0), gpu)
        recipe = { ...recipe, initWeights: async () => initial }
        const seconds = await measureStepSeconds(gpu, trainable, recipe, initial, SEED)
        steps = Math.max(LEAST_STEPS, Math.round((60 * plan.minutes[name]) / seconds))
      }
      let log = notes ? logOf(notes) : []
      tell({ kind: 'started', component: name, step: Number(notes?.step ?? 0), steps, log })
      let due = performance.now() + 1000 * PREVIEW_SECONDS
      let last = { step: Number(notes?.step ?? 0), at: performance.now() }
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
          log = [...(log.length < MOST_POINTS ? log : log.filter((_, i) => i % 2 === 0)), point]
          tell({ kind: 'reported', component: name, point, rate })
        },
        metadata: () => ({ steps: `${steps}`, log: JSON.stringify(log) }),
        onCheckpoint: step => tell({ kind: 'checkpoint', component: name, step }),
        afterStep: async (_, training) => {
          const began = performance.now()
          if (began < due) return
          tell({ kind: 'preview', component: name, preview: await this.preview(gpu, name, training) })
          const now = performance.now()
          due = now + Math.max(1000 * PREVIEW_SECONDS, PREVIEW_SHARE * (now - began))
        },
      })
      tell({ kind: 'preview', component: name, preview: await this.preview(gpu, name, ended.training) })
      if (ended.step >= steps) tell({ kind: 'finished', component: name, step: ended.step, log })
    } finally {
      gpu.dispose()
    }
  }

  /** Binds keys to latent actions, where the clips tell which key was held; the plan keeps them. */
  private async bindKeys(gpu: Gpu): Promise<void> {
    const { project, plan, clips } = this
    if (!clips.moves || plan.config.keys) return
    const actions = await gpu.withScope(async gpu => {
      const encoder = await ActionEncoder.load(gpu, plan.config, file => project.source().open(file))
      const codes: number[] = []
      for (let clip = 0; clip < Math.min(clips.clips, BOUND_CLIPS); clip++)
        codes.push(...(await encoder.infer(await clips.frames(clip, 0, clips.length))))
      return Int32Array.from(codes)
    })
    const found = bindKeys(actions, clips, plan.config.latent_action.actions)
    plan.config.keys = Object.fromEntries(
      found.flatMap(({ key, action }) => (action === undefined ? [] : [[key, action]])),
    )
    await project.setPlan(plan)
  }

  /** What a component can do by the weights of the moment. */
  private async preview(gpu: Gpu, component: ComponentName, training: TrainingStep): Promise<Preview> {
    const { plan, clips, project } = this
    const file = `${component}.safetensors`
    const weights = bytesSource(file, joined(writeSafetensors(await training.weights())))
    const open = async (name: string): Promise<ByteSource> => (name === file ? weights : project.source().open(name))
    return PREVIEWS[component](gpu, plan.config, open, clips)
  }
}

const logOf = (notes: CheckpointMetadata): CurvePoint[] => JSON.parse(notes.log!)
