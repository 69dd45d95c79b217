// The training of a world, in its Worker: tokenizer, latent actions, dynamics, each from its last checkpoint to its end. It knows no page,
// only the project that the browser keeps, and whom to tell.

import { bindKeys } from '../../arcade/evaluation/key_binding.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { COMPONENTS, type Component } from '../training/component.ts'
import { encodeClips } from '../training/data/upstream_outputs.ts'
import type { InitialWeights } from '../training/init/initial_weights.ts'
import type { Recipe } from '../training/loop.ts'
import type { BatchShape } from '../training/losses.ts'
import { dynamicsRecipe, type UpstreamOutputs } from '../training/recipe_dynamics.ts'
import { type ActionLabels, drawnOf, latentActionRecipe } from '../training/recipe_latent_action.ts'
import { tokenizerRecipe } from '../training/recipe_tokenizer.ts'
import { runResumable } from '../training/resumable.ts'
import type { TrainingStep } from '../training/step.ts'
import { WINNERS_SHAPE } from '../training/winners.ts'
import type { CheckpointMetadata, Plan, Project } from '../ui/project.ts'
import { type ByteSource, bytesSource, joined, writeSafetensors } from '../weights/safetensors.ts'
import type { ClipFile } from './clip_file.ts'
import { PRESETS, type Size } from './presets.ts'
import { actionEffects, type Preview, reconstructions, rollOuts } from './previews.ts'
import { measureStepSeconds } from './step_timing.ts'

/** What a report shows. */
export interface CurvePoint {
  step: number
  loss: number
  /** PSNR in dB, the share of transitions named, or the share of masked tokens right. */
  metric: number
}

export type TrainingEvent =
  | { kind: 'preparing'; component: Component; text: string }
  /** It trains, from after `step` on; `steps` in all. */
  | { kind: 'started'; component: Component; step: number; steps: number; log: CurvePoint[] }
  | { kind: 'reported'; component: Component; point: CurvePoint; rate: number }
  | { kind: 'checkpoint'; component: Component; step: number }
  | { kind: 'preview'; component: Component; preview: Preview }
  | { kind: 'finished'; component: Component; step: number; log: CurvePoint[] }
  | { kind: 'notice'; text: string }

const METRICS: Record<Component, string> = { tokenizer: 'psnr', latent_action: 'named', dynamics: 'right' }
const SEED = 1
const REPORT_SECONDS = 0.5
const CHECKPOINT_SECONDS = 5
const PREVIEW_SECONDS = 25
/** So much more time than on previews is spent on training. */
const PREVIEW_SHARE = 10
const LEAST_STEPS = 10
const MOST_POINTS = 600
const BOUND_CLIPS = 40 // that keys are learned from

/** Clips a step and frames a clip. */
export function shapeOf(size: Size, component: Component, labels: ActionLabels): BatchShape {
  const usual = PRESETS[size].shapes[component]
  if (component !== 'latent_action') return usual
  const shape = labels === 'winners' ? WINNERS_SHAPE : usual
  return { ...shape, decoderClips: drawnOf(labels, shape.clips) }
}

export class Trainer {
  private labels: UpstreamOutputs | undefined
  /** Of components that are tried and then trained. */
  private readonly starts = new Map<Component, Promise<InitialWeights>>()

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

  /** Trains all that is left to be trained, or until it is stopped; what was trained is in checkpoints then. */
  async run(): Promise<void> {
    for (const component of COMPONENTS) {
      if (this.isStopped()) return
      const notes = await this.project.checkpoints(component).metadata()
      if (notes && Number(notes.step) >= Number(notes.steps))
        this.tell({ kind: 'finished', component, step: Number(notes.step), log: logOf(notes) })
      else await this.train(component, notes)
    }
  }

  private async train(component: Component, notes: CheckpointMetadata | undefined): Promise<void> {
    const { plan, project, tell } = this
    const text = component === 'latent_action' ? 'Measuring what moves in the clips' : 'Compiling its kernels'
    tell({ kind: 'preparing', component, text })
    const gpu = this.gpu.scope()
    try {
      const steps = notes ? Number(notes.steps) : await this.stepsFor(gpu, component)
      let log = notes ? logOf(notes) : []
      tell({ kind: 'started', component, step: Number(notes?.step ?? 0), steps, log })
      const plain = await this.recipe(gpu, component, steps)
      let due = performance.now() + 1000 * PREVIEW_SECONDS
      const recipe: Recipe = {
        ...plain,
        afterStep: async (step, training) => {
          await plain.afterStep?.(step, training)
          const began = performance.now()
          if (began < due) return
          tell({ kind: 'preview', component, preview: await this.preview(gpu, component, training) })
          const now = performance.now()
          due = now + Math.max(1000 * PREVIEW_SECONDS, PREVIEW_SHARE * (now - began))
        },
      }
      let last = { step: Number(notes?.step ?? 0), at: performance.now() }
      const ended = await runResumable(gpu, plan.config, recipe, project.checkpoints(component), true, {
        seed: SEED,
        warmUp: Math.min(100, Math.ceil(steps / 10)),
        progress: step => (this.isStopped() ? 1 : step / steps),
        reportSeconds: REPORT_SECONDS,
        checkpointSeconds: CHECKPOINT_SECONDS,
        onReport: (step, _, { loss, terms: parts }) => {
          const point = { step, loss, metric: recipe.describe(parts)[METRICS[component]]! }
          const now = performance.now()
          const rate = (1000 * (step - last.step)) / (now - last.at)
          last = { step, at: now }
          log = [...(log.length < MOST_POINTS ? log : log.filter((_, i) => i % 2 === 0)), point]
          tell({ kind: 'reported', component, point, rate })
        },
        notes: () => ({ steps: `${steps}`, log: JSON.stringify(log) }),
        onCheckpoint: step => tell({ kind: 'checkpoint', component, step }),
      })
      tell({ kind: 'preview', component, preview: await this.preview(gpu, component, ended.training) })
      if (ended.step >= steps) tell({ kind: 'finished', component, step: ended.step, log })
    } finally {
      gpu.dispose()
    }
  }

  /** How many steps its minutes hold. */
  private async stepsFor(gpu: Gpu, component: Component): Promise<number> {
    const seconds = await measureStepSeconds(gpu, this.plan.config, await this.recipe(gpu, component), SEED)
    return Math.max(LEAST_STEPS, Math.round((60 * this.plan.minutes[component]) / seconds))
  }

  private async recipe(gpu: Gpu, component: Component, steps?: number): Promise<Recipe> {
    const recipe = await this.makeRecipe(gpu, component, steps)
    return {
      ...recipe,
      initWeights: (random, gpu) => {
        const start = this.starts.get(component) ?? recipe.initWeights(random, gpu)
        this.starts.set(component, start)
        return start
      },
    }
  }

  private async makeRecipe(gpu: Gpu, component: Component, steps?: number): Promise<Recipe> {
    const { config, size, labels } = this.plan
    const shape = shapeOf(size, component, labels)
    if (component === 'tokenizer') return tokenizerRecipe(config, this.clips, shape, steps)
    if (component === 'latent_action') return latentActionRecipe(config, this.clips, shape, labels)
    this.labels ??= await this.label(gpu)
    return dynamicsRecipe(config, this.clips, this.labels, shape)
  }

  /** Tokens and actions of the clips; and of the game, where it is known which key was held, the keys. */
  private async label(gpu: Gpu): Promise<UpstreamOutputs> {
    const { project, plan, clips } = this
    this.tell({ kind: 'preparing', component: 'dynamics', text: 'Looking for actions in the clips' })
    const labels = await encodeClips(gpu, plan.config, file => project.source().open(file), clips)
    if (!clips.moves || plan.config.keys) return labels
    const codes: number[] = []
    for (let clip = 0; clip < Math.min(clips.clips, BOUND_CLIPS); clip++) codes.push(...(await labels.actions(clip)))
    const found = bindKeys(Int32Array.from(codes), clips, plan.config.latent_action.actions)
    plan.config.keys = Object.fromEntries(
      found.flatMap(({ key, action }) => (action === undefined ? [] : [[key, action]])),
    )
    await project.setPlan(plan)
    return labels
  }

  private async preview(gpu: Gpu, component: Component, training: TrainingStep): Promise<Preview> {
    const { plan, clips, project } = this
    const file = `${component}.safetensors`
    const weights = bytesSource(file, joined(writeSafetensors(await training.weights())))
    if (component === 'tokenizer') return reconstructions(gpu, plan.config, weights, clips)
    if (component === 'latent_action') return actionEffects(gpu, plan.config, weights, clips)
    const open = async (name: string): Promise<ByteSource> => (name === file ? weights : project.source().open(name))
    return rollOuts(gpu, { name: 'the world so far', open }, clips)
  }
}

const logOf = (notes: CheckpointMetadata): CurvePoint[] => JSON.parse(notes.log!)
