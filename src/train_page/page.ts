// The training page: connects the video, the plan, the Worker that trains, and the trained world. After a reload it shows what the
// browser stored.

import { proxy, type Remote, wrap } from 'comlink'
import { Gpu } from '../gpu/gpu.ts'
import { sectionOfCrop } from '../media/crop.ts'
import { COMPONENT_NAMES, type ComponentName } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import { FRAME, PRESETS, presetConfig, type VideoShape } from '../training/presets.ts'
import { byId } from '../ui/dom.ts'
import { ErrorLine } from '../ui/error_line.ts'
import { lockTab, type ModelSize, type Plan, Project } from '../ui/project.ts'
import { showWebgpuHelp } from '../ui/webgpu_help.ts'
import { trainedSettings } from './clip_file.ts'
import { ComponentCard } from './component_card.ts'
import { downloadWorld } from './download.ts'
import { finishedEvent } from './finished.ts'
import { type MemoryBudget, ModelPicker, memoryBudget } from './model_picker.ts'
import { PreviewPlayer } from './preview_player.ts'
import { QualityMinutes } from './quality_minutes.ts'
import { StartPicker } from './start_picker.ts'
import { keepStart } from './start_worlds.ts'
import { storedPreview } from './stored_previews.ts'
import type { TrainingEvent } from './trainer.ts'
import type { TrainingHost } from './training_host.ts'
import { VideoInput } from './video_input.ts'

/** Opens the page in a document that train.html describes. */
export async function openTrainPage(): Promise<void> {
  const error = new ErrorLine(byId('error'))
  const cards = new Map<ComponentName, ComponentCard>(
    COMPONENT_NAMES.map(component => [component, new ComponentCard(component)]),
  )
  byId('components').replaceChildren(...[...cards.values()].map(card => card.element))
  const adapter = await navigator.gpu?.requestAdapter()
  if (!adapter) {
    showWebgpuHelp(byId('help'))
    byId('train').hidden = true
    return
  }
  try {
    const gpu = await Gpu.create({ adapter, precision: 'f32' })
    const { adapterName, isSoftwareAdapter } = gpu
    const budget = memoryBudget(gpu.device.limits, isSoftwareAdapter)
    gpu.dispose()
    byId('adapter').textContent = adapterName
    byId('adapter').hidden = false
    if (!(await lockTab())) throw new Error('Another tab has this page open: train there, or close it and reload.')
    const size = isSoftwareAdapter ? 'nano' : 'small'
    await new TrainPage(await Project.open(), cards, error, budget, size, isSoftwareAdapter).open()
  } catch (thrown) {
    error.show(thrown)
  }
}

const TRAINING = 'Training. A checkpoint is stored every few seconds, so you may close the tab at any time.'

class TrainPage {
  private readonly host: Remote<TrainingHost>
  private readonly picker: ModelPicker
  private readonly input: VideoInput
  private readonly player: PreviewPlayer
  private readonly minutes: QualityMinutes
  private readonly startPicker: StartPicker
  private readonly startButton = byId<HTMLButtonElement>('start')
  private readonly pauseButton = byId<HTMLButtonElement>('pause')
  private readonly clearButton = byId<HTMLButtonElement>('start-over')
  private readonly playButton = byId<HTMLButtonElement>('play-open')
  private readonly stateLine = byId('state-line')
  private plan: Plan | undefined
  private isTraining = false
  /** Whether the memory of every size is known for the present video. */
  private isMemoryKnown = false
  /** Whether the work before a first step or after a last is paused, and waits in the Worker. */
  private isPaused = false
  private isDone = false

  constructor(
    private readonly project: Project,
    private readonly cards: Map<ComponentName, ComponentCard>,
    private readonly error: ErrorLine,
    budget: MemoryBudget,
    size: ModelSize,
    isSoftwareAdapter: boolean,
  ) {
    const fail = (error: unknown) => this.fail(error)
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'djinn training' })
    worker.addEventListener('error', ({ message }) => fail(new Error(`The Worker that trains failed: ${message}`)))
    this.host = wrap<TrainingHost>(worker)
    this.picker = new ModelPicker(byId('plan'), budget, size, () => this.refresh())
    this.startPicker = new StartPicker(byId('plan'), isSoftwareAdapter, () => void this.showMemory().catch(fail))
    this.input = new VideoInput(byId('video'), project, {
      trainedSettings: () => (this.plan && !this.isDone ? trainedSettings(this.plan) : undefined),
      onImport: () => {
        error.hide()
        this.refresh()
      },
      onImported: () => void this.showMemory().catch(fail),
      onEnded: () => this.refresh(),
      onError: fail,
    })
    this.player = new PreviewPlayer(byId('player'), project, () => this.input.clips!, fail)
    this.minutes = new QualityMinutes(byId('quality-line'), (size, video) => this.host.stepSeconds(size, video))
    this.startButton.addEventListener('click', () => void (this.isPaused ? this.resume() : this.train()))
    this.pauseButton.addEventListener('click', () => this.pause())
    this.clearButton.addEventListener('click', () => void this.clear())
    this.playButton.addEventListener('click', () => void this.play())
    byId('download').addEventListener('click', () => void this.download())
  }

  async open(): Promise<void> {
    await this.input.open()
    try {
      this.plan = await this.project.plan()
      if (this.plan) {
        this.picker.show(this.plan)
        this.startPicker.show(this.plan)
        await this.showCheckpoints()
      }
    } finally {
      // Only now: a click on Train before the stored training is known would replace it.
      byId('train').inert = false
    }
    this.refresh()
    await this.showMemory()
  }

  /** The frames and codes of the world: the training's, or the video's. */
  private get shape(): VideoShape {
    const { plan, input } = this
    if (plan) return trainedSettings(plan)
    return input.clips?.settings ?? { frame: FRAME }
  }

  /** The config of a training that begins now, or has begun. */
  private async configFor(size: ModelSize): Promise<Config> {
    return this.plan?.config ?? (await this.startPicker.config(this.shape)) ?? presetConfig(size, this.shape)
  }

  /** Shows what a training step takes, by the size of the frames; then its time. */
  private async showMemory(): Promise<void> {
    this.isMemoryKnown = false
    if (!this.plan) this.startPicker.offer(this.shape)
    for (const size of Object.keys(PRESETS) as ModelSize[])
      this.picker.setMemory(size, await this.host.memory(size, await this.configFor(size)))
    this.isMemoryKnown = true
    this.refresh()
  }

  /** Shows the progress that the checkpoints record. */
  private async showCheckpoints(): Promise<void> {
    this.isDone = true
    for (const component of COMPONENT_NAMES) {
      const metadata = await this.project.checkpoints(component).metadata()
      const card = this.cards.get(component)!
      card.frame = this.shape.frame
      const preview = await storedPreview(this.project, component)
      if (preview) card.showPreview(preview)
      const finished = this.plan && finishedEvent(component, this.plan, metadata)
      if (finished) card.onEvent(finished)
      else this.isDone = false
      if (!metadata || finished) continue
      const number = (field: string) => Number(metadata[field] ?? 0)
      const [step, steps, restarts] = [number('step'), number('steps'), number('restarts')]
      card.onEvent({ kind: 'started', component, step, steps, restarts, log: JSON.parse(metadata.log!) })
      card.showPaused()
    }
    await this.offerWorld()
  }

  private refresh(): void {
    const { isTraining, isPaused, isDone, plan, input, picker, startButton, stateLine } = this
    input.isLocked = isTraining
    picker.isLocked = this.startPicker.isLocked = isTraining || plan !== undefined
    startButton.hidden = (isTraining && !isPaused) || isDone
    startButton.disabled = !input.clips || input.isBusy || !picker.isValid
    startButton.textContent = plan ? 'Resume' : 'Train'
    this.pauseButton.hidden = !isTraining || isPaused
    this.pauseButton.disabled = false
    this.clearButton.hidden = (isTraining && !isPaused) || !plan
    if (plan || isTraining || !input.clips || this.startPicker.world) this.minutes.hide()
    // Steps are timed while the page computes nothing else.
    else if (this.isMemoryKnown && !input.isBusy && picker.isValid)
      void this.minutes.show(picker.size, input.clips.settings)
    if (isPaused)
      stateLine.textContent = 'Paused. Resume continues where it stopped; after a reload, from the last save.'
    else if (isTraining) stateLine.textContent = TRAINING
    if (isTraining) return
    if (isDone) stateLine.textContent = 'All three are trained.'
    else if (plan)
      stateLine.textContent = 'This browser has an unfinished training run. Resume continues from the last checkpoint.'
    else stateLine.textContent = input.clips ? '' : 'Choose a video first.'
  }

  private async train(): Promise<void> {
    this.error.hide()
    try {
      if (!this.plan) this.picker.check()
      this.isTraining = true
      this.refresh()
      if (!this.plan) await this.makePlan()
      await this.host.train(proxy((event: TrainingEvent) => this.onEvent(event)))
    } catch (error) {
      this.fail(error)
    } finally {
      this.plan = await this.project.plan()
      this.isTraining = this.isPaused = false
      for (const card of this.cards.values()) card.showPaused()
      await this.showCheckpoints()
      this.refresh()
    }
  }

  private async makePlan(): Promise<void> {
    const { size, minutes } = this.picker
    const { crop } = this.input.clips!.settings
    const video = crop && { video: sectionOfCrop(crop) }
    const config = { ...(await this.configFor(size)), ...video }
    const { world } = this.startPicker
    if (world) {
      this.stateLine.textContent = 'Copying the world that it starts from…'
      await keepStart(this.project, world)
    }
    this.plan = { size, ...(world && { start: world.name }), minutes, config, advice: {} }
    await this.project.setPlan(this.plan)
    // Otherwise a browser that is short of space may delete it.
    void navigator.storage.persist?.()
    this.refresh()
  }

  private onEvent(event: TrainingEvent): void {
    if (event.kind === 'notice') this.error.show(event.text, 'notice')
    else {
      const card = this.cards.get(event.component)!
      card.frame = this.shape.frame
      card.onEvent(event)
    }
    if (event.kind === 'paused') {
      this.isPaused = true
      this.refresh()
    }
    if (event.kind === 'checkpoint') void this.offerWorld()
  }

  private pause(): void {
    this.pauseButton.disabled = true
    this.stateLine.textContent = 'Pausing after this step…'
    void this.host.stop()
  }

  /** Continues paused work. */
  private resume(): void {
    this.isPaused = false
    this.refresh()
    void this.host.resume()
  }

  private async clear(): Promise<void> {
    if (!confirm('Delete what was trained? The video stays.')) return
    this.player.close()
    await this.project.clear()
    location.reload()
  }

  /** The world can be played as soon as its tokenizer has a checkpoint: what is not trained yet has random weights. */
  private async offerWorld(): Promise<void> {
    const [first, last] = await Promise.all(
      (['tokenizer', 'dynamics'] as const).map(name => this.project.checkpoints(name).metadata()),
    )
    byId('world').hidden = !first
    byId('untrained').hidden = last !== undefined
  }

  private async play(): Promise<void> {
    this.error.hide()
    this.playButton.disabled = true
    try {
      await this.player.open()
      this.playButton.textContent = 'Play the newest checkpoint'
    } catch (error) {
      this.fail(error)
    } finally {
      this.playButton.disabled = false
    }
  }

  private async download(): Promise<void> {
    try {
      const bytes = await downloadWorld(this.project, 'world')
      byId('download-line').textContent = `world.zip, ${(bytes / 1e6).toFixed(1)} MB, for djinn play or for embedding.`
    } catch (error) {
      this.fail(error)
    }
  }

  private fail(error: unknown): void {
    this.error.show(error)
    byId('error').scrollIntoView({ block: 'nearest' })
  }
}
