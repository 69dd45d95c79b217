// The choice of the world that a training starts from.

import type { Config } from '../model/config.ts'
import type { VideoShape } from '../training/presets.ts'
import { create, find } from '../ui/dom.ts'
import type { Plan } from '../ui/project.ts'
import { canStart, firstStart, START_WORLDS, type StartWorld, startConfig } from './start_worlds.ts'

export class StartPicker {
  private readonly select: HTMLSelectElement
  private readonly line: HTMLElement
  private isChosen = false

  /** @param onChange another world was chosen */
  constructor(
    card: HTMLElement,
    private readonly isSoftwareAdapter: boolean,
    onChange: () => void,
  ) {
    this.select = find<HTMLSelectElement>(card, '#start-from')
    this.line = find(card, '#start-from-line')
    const worlds = START_WORLDS.map(({ name, title }) => create('option', { value: name, textContent: title }))
    this.select.replaceChildren(create('option', { value: '', textContent: 'Nothing: all is learnt' }), ...worlds)
    this.select.addEventListener('change', () => {
      this.isChosen = true
      onChange()
    })
  }

  set isLocked(value: boolean) {
    this.select.disabled = value
  }

  /** Offers what fits a video. */
  offer(video: VideoShape): void {
    const fits = canStart(video)
    for (const option of this.select.options) option.disabled = option.value !== '' && !fits
    if (!fits) this.select.value = ''
    else if (!this.isChosen) this.select.value = firstStart(video, this.isSoftwareAdapter)?.name ?? ''
    this.line.textContent = fits
      ? this.world
        ? 'The training keeps the shape of that world. The size below only sets how many clips a step takes.'
        : ''
      : 'Those worlds have frames of 64×64 pixels.'
  }

  /** What a stored training starts from. */
  show({ start }: Plan): void {
    this.isChosen = true
    this.select.value = start ?? ''
  }

  get world(): StartWorld | undefined {
    return START_WORLDS.find(({ name }) => name === this.select.value)
  }

  /** The config of a training that starts from the chosen world. @throws FormatError when it cannot be fetched */
  async config(video: VideoShape): Promise<Config | undefined> {
    return this.world && startConfig(this.world, video)
  }
}
