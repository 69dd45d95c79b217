// The page that trains a world: joins the video that was taken in, the size that was chosen, the Worker that trains, and the world that
// comes of it. What it shows after a reload is what the browser kept.

import { proxy, type Remote, wrap } from 'comlink'
import { Gpu } from '../gpu/gpu.ts'
import { COMPONENT_NAMES, type ComponentName } from '../model/components.ts'
import { byId } from '../ui/dom.ts'
import { hideError, showError } from '../ui/status_view.ts'
import { webgpuHelp } from '../ui/webgpu_help.ts'
import { ComponentCard } from './component_card.ts'
import { downloadWorld } from './download.ts'
import { type MemoryBudget, ModelPicker, roomOf } from './model_picker.ts'
import { PRESETS, type Size } from './presets.ts'
import { PreviewPlayer } from './preview_player.ts'
import { lockTab, type Plan, Project } from './project.ts'
import type { TrainingEvent } from './trainer.ts'
import { VideoInput } from './video_input.ts'
import type { Studio } from './worker.ts'

const start = byId<HTMLButtonElement>('start')
const pause = byId<HTMLButtonElement>('pause')
const anew = byId<HTMLButtonElement>('anew')
const playOpen = byId<HTMLButtonElement>('play-open')
const stateLine = byId('state-line')
const cards = new Map<ComponentName, ComponentCard>(
  COMPONENT_NAMES.map(component => [component, new ComponentCard(component)]),
)

class StudioPage {
  private readonly studio: Remote<Studio>
  private readonly sizes: ModelPicker
  private readonly intake: VideoInput
  private readonly playing: PreviewPlayer
  private plan: Plan | undefined
  private isTraining = false
  private isDone = false

  constructor(
    private readonly project: Project,
    room: MemoryBudget,
    size: Size,
  ) {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'djinn studio' })
    worker.addEventListener('error', ({ message }) => fail(new Error(`The Worker that trains failed: ${message}`)))
    this.studio = wrap<Studio>(worker)
    this.sizes = new ModelPicker(room, size, () => this.refresh())
    this.intake = new VideoInput(project, () => this.refresh(), fail)
    this.playing = new PreviewPlayer(project, () => this.intake.clips!, fail)
    start.addEventListener('click', () => void this.train())
    pause.addEventListener('click', () => this.pause())
    anew.addEventListener('click', () => void this.clear())
    playOpen.addEventListener('click', () => void this.play())
    byId('download').addEventListener('click', () => void this.download())
  }

  async open(): Promise<void> {
    await this.intake.open()
    byId('studio').inert = false
    this.plan = await this.project.plan()
    if (this.plan) {
      this.sizes.show(this.plan)
      await this.showKept()
    }
    this.refresh()
    for (const size of Object.keys(PRESETS) as Size[]) this.sizes.setMemory(size, await this.studio.memory(size))
  }

  /** What the checkpoints say. */
  private async showKept(): Promise<void> {
    this.isDone = true
    for (const component of COMPONENT_NAMES) {
      const notes = await this.project.checkpoints(component).notes()
      const [step, steps] = [Number(notes?.step), Number(notes?.steps)]
      const log = notes ? JSON.parse(notes.log!) : []
      const card = cards.get(component)!
      if (notes && step >= steps) card.hear({ kind: 'finished', component, step, log })
      else this.isDone = false
      if (!notes || step >= steps) continue
      card.hear({ kind: 'begun', component, step, steps, log })
      card.rest()
    }
    await this.offerWorld()
  }

  private refresh(): void {
    const { isTraining, isDone, plan, intake, sizes } = this
    intake.isLocked = isTraining
    sizes.isLocked = isTraining || plan !== undefined
    start.hidden = isTraining || isDone
    start.disabled = !intake.clips || !sizes.isGood
    start.textContent = plan ? 'Go on' : 'Train'
    pause.hidden = !isTraining
    pause.disabled = false
    anew.hidden = isTraining || !plan
    if (isTraining) return
    if (isDone) stateLine.textContent = 'All three are trained.'
    else if (plan) stateLine.textContent = 'A training is kept here: it goes on from its last checkpoint.'
    else stateLine.textContent = intake.clips ? '' : 'It needs a video first.'
  }

  private async train(): Promise<void> {
    hideError()
    try {
      if (!this.plan) {
        this.sizes.check()
        const { size, labels, minutes } = this.sizes
        this.plan = { size, labels, minutes, config: structuredClone(PRESETS[size].config) }
        await this.project.setPlan(this.plan)
        // Or a browser that is short of room may throw it away.
        void navigator.storage.persist?.()
      }
      this.isTraining = true
      this.refresh()
      stateLine.textContent = 'Training. Every few seconds a checkpoint is kept: the tab may be closed at any time.'
      await this.studio.train(proxy((event: TrainingEvent) => this.hear(event)))
      this.plan = await this.project.plan()
    } catch (error) {
      fail(error)
    } finally {
      this.isTraining = false
      for (const card of cards.values()) card.rest()
      await this.showKept()
      this.refresh()
    }
  }

  private hear(event: TrainingEvent): void {
    if (event.kind === 'news') showError(event.text, 'news')
    else cards.get(event.component)!.hear(event)
    if (event.kind === 'kept' && event.component === 'dynamics') void this.offerWorld()
  }

  private pause(): void {
    pause.disabled = true
    stateLine.textContent = 'Pausing after this step…'
    void this.studio.stop()
  }

  private async clear(): Promise<void> {
    if (!confirm('Forget what was trained? The video stays.')) return
    this.playing.close()
    await this.project.clear()
    location.reload()
  }

  /** The world can be played from the first checkpoint of its dynamics on. */
  private async offerWorld(): Promise<void> {
    byId('world').hidden = !(await this.project.checkpoints('dynamics').notes())
  }

  private async play(): Promise<void> {
    hideError()
    playOpen.disabled = true
    byId('playing').hidden = false
    try {
      await this.playing.open()
      playOpen.textContent = 'Play it as it is now'
    } catch (error) {
      fail(error)
    } finally {
      playOpen.disabled = false
    }
  }

  private async download(): Promise<void> {
    try {
      const bytes = await downloadWorld(this.project, 'world')
      byId('download-line').textContent = `world.zip, ${(bytes / 1e6).toFixed(1)} MB: for djinn play, or to embed.`
    } catch (error) {
      fail(error)
    }
  }
}

function fail(error: unknown): void {
  showError(error)
  byId('error').scrollIntoView({ block: 'nearest' })
}

function goWithoutWebgpu(): void {
  const { title, steps } = webgpuHelp('gpu' in navigator, isSecureContext, navigator.userAgent)
  byId('help-title').textContent = title
  byId('help-steps').replaceChildren(
    ...steps.map(textContent => Object.assign(document.createElement('li'), { textContent })),
  )
  byId('help').hidden = false
  byId('studio').hidden = true
}

async function main(): Promise<void> {
  byId('stages').replaceChildren(...[...cards.values()].map(card => card.element))
  const adapter = await navigator.gpu?.requestAdapter()
  if (!adapter) return goWithoutWebgpu()
  try {
    const gpu = await Gpu.create({ adapter, precision: 'f32' })
    const { adapterName, isSoftwareAdapter } = gpu
    const room = roomOf(gpu.device.limits, isSoftwareAdapter)
    gpu.dispose()
    byId('adapter').textContent = adapterName
    byId('adapter').hidden = false
    const isAlone = await lockTab()
    if (!isAlone)
      throw new Error('Another tab of this browser has this page open: train there, or close it and reload.')
    await new StudioPage(await Project.open(), room, isSoftwareAdapter ? 'nano' : 'small').open()
  } catch (error) {
    fail(error)
  }
}

void main()
