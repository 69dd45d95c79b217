// Connects the buttons, switches, dialogs and keys of index.html with what they do.

import { isControlKey } from '../input/keyboard.ts'
import { byId } from '../ui/dom.ts'
import { returnFocusAfterClicks } from '../ui/focus.ts'
import { labelKeys } from '../ui/key_labels.ts'
import { Camera } from './camera.ts'
import type { CompareMode } from './compare_view.ts'
import { DrawingPad } from './drawing_pad.ts'
import { isLink } from './links.ts'
import type { Picture } from './prompts/pictures.ts'
import { wireTabs } from './tabs.ts'

export interface PageActions {
  addPicture(picture: Picture): void
  /** Shows other levels of the game in the gallery. */
  shuffle(): void
  newestFrame(): Promise<CanvasImageSource | undefined>
  /** A tab is open. */
  onPanel(panel: string): void
  setWaitsForKeys(value: boolean): void
  compare(mode: CompareMode): void
  restart(): void
  goBack(): void
  saveRecent(): void
  resetKeys(): void
  /** The address has another share link. */
  openLink(): void
  /** The user touched the screen. */
  onTouch(): void
  onError(error: unknown): void
}

export function connectControls(view: HTMLCanvasElement, actions: PageActions): void {
  const onClick = (id: string, run: () => void) => byId(id).addEventListener('click', run)
  wireTabs(byId('tabs'), panel => actions.onPanel(panel))
  const wait = byId<HTMLInputElement>('wait')
  wait.addEventListener('input', () => actions.setWaitsForKeys(wait.checked))
  const mode = byId<HTMLSelectElement>('compare-mode')
  mode.addEventListener('change', () => {
    actions.compare(mode.value as CompareMode)
    view.focus({ preventScroll: true })
  })
  onClick('reset', () => actions.restart())
  onClick('back', () => actions.goBack())
  for (const id of ['save-ten', 'save-recent']) onClick(id, () => actions.saveRecent())
  onClick('shuffle', () => actions.shuffle())
  onClick('reset-keys', () => actions.resetKeys())
  view.addEventListener('pointerdown', () => actions.onTouch())
  addEventListener('hashchange', () => isLink(location.hash) && actions.openLink())
  addEventListener('keydown', event => {
    // A world may bind C itself. Its controls have prevented the default then.
    const isFree = !event.defaultPrevented && !event.repeat && !isControlKey(event)
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
    if (isFree && isPlain && event.key.toLowerCase() === 'c') actions.saveRecent()
  })
  returnFocusAfterClicks(byId('main'), view)
  labelKeys(byId('arrow-hint'))
  connectDialogs(actions)
}

function connectDialogs({ addPicture, newestFrame, onError }: PageActions): void {
  const onClick = (id: string, run: () => void) => byId(id).addEventListener('click', run)
  const camera = new Camera(byId<HTMLDialogElement>('camera'), addPicture, onError)
  onClick('camera-open', () => void camera.open())
  const pad = new DrawingPad(byId<HTMLDialogElement>('pad'), newestFrame, addPicture)
  onClick('pad-open', () => pad.open())
  const about = byId<HTMLDialogElement>('about')
  onClick('about-open', () => about.showModal())
  onClick('about-close', () => about.close())
}
