// The play page: joins a session (the world being played) to what is on the page: pictures, keys, settings, readout.

import { GpuError } from '../gpu/gpu.ts'
import type { World } from '../world/world.ts'
import { Controls } from './controls.ts'
import { Gallery } from './gallery.ts'
import { webgpuHelp } from './help.ts'
import { drawnPictures, otherPictures, type Picture, shippedPictures, stillPictures } from './pictures.ts'
import type { Played } from './player.ts'
import { Session } from './session.ts'

const GLOW_EVERY = 250 // milliseconds
const GLOW_FADE = [
  [0, 0],
  [0.06, 0.08],
  [0.15, 0.5],
  [0.22, 0.85],
  [0.3, 1],
] as const // place across the glow, alpha
const FIRST_PICTURE = 'Snow' // somebody standing on level ground: every key has room to show what it does
const film = import.meta.glob<string>('../../docs/play.gif', { query: '?url', import: 'default', eager: true })

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}

const page = {
  screen: element('screen'),
  view: element<HTMLCanvasElement>('view'),
  glow: element<HTMLCanvasElement>('glow'),
  cover: element('cover'),
  status: element('status'),
  progress: element<HTMLProgressElement>('progress'),
  notice: element('notice'),
  error: element('error'),
  adapter: element('adapter'),
  play: element('play'),
  frame: element('frame'),
  rate: element('rate'),
  milliseconds: element('milliseconds'),
  seed: element<HTMLInputElement>('seed'),
  temperature: element<HTMLInputElement>('temperature'),
  steps: element<HTMLInputElement>('steps'),
  wait: element<HTMLInputElement>('wait'),
}

const model = new URLSearchParams(location.search).get('model') ?? 'weights/platformer/'
const controls = new Controls(element('actions'), element('pads'), () => session.ask())
const gallery = new Gallery(element('pictures'), element<HTMLInputElement>('file'), pick, showError)
const session = new Session(new URL(model, document.baseURI), page.view, () => controls.take(), {
  onLoading: showLoading,
  onLoaded: showWorld,
  onPrompted: showPrompt,
  onDrawn: showGlow,
  onPlayed: showPlayed,
  onLost: showLoss,
  onError: showError,
})

let world: World | undefined
let picture: Picture
let glowed = 0 // when the glow was last painted, milliseconds

function pick(chosen: Picture): void {
  picture = chosen
  gallery.mark(chosen)
  page.error.hidden = true
  showStill()
  page.view.focus({ preventScroll: true })
  void session.dream(chosen)
}

/** The picture itself, for as long as no world draws over it. */
function showStill(): void {
  page.view.style.backgroundImage = `url(${picture.canvas.toDataURL()})`
  page.frame.textContent = page.rate.textContent = page.milliseconds.textContent = '–'
  paintGlow(picture.canvas)
}

/** Covers the screen with one line of text, and a bar where there is something to wait for. */
function cover(text: string, done?: number): void {
  page.cover.hidden = false
  page.status.textContent = text
  page.progress.hidden = false
  if (done === undefined) page.progress.removeAttribute('value')
  else page.progress.value = done
}

function showLoading(loaded: number, total: number | undefined): void {
  if (total !== undefined && loaded >= total) {
    cover('Compiling its kernels…')
    return
  }
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  const of = total === undefined ? '' : ` of ${megabytes(total)}`
  cover(`Fetching the world: ${megabytes(loaded)}${of} MB`, total && loaded / total)
}

function showWorld(loaded: World): void {
  world = loaded
  const { gpu, config, sampling } = loaded
  page.screen.style.aspectRatio = `${config.frame.width} / ${config.frame.height}`
  page.adapter.textContent = `${gpu.adapterName} · ${gpu.precision}`
  page.adapter.hidden = page.play.hidden = false
  page.notice.hidden = !gpu.isSoftware
  controls.bind(loaded.actions, config.keys)
  element('arrows').hidden = !('ArrowLeft' in (config.keys ?? {}))
  for (const count of document.querySelectorAll('.action-count')) count.textContent = String(loaded.actions)
  // After a lost device the settings on the page outlive the world they were made for.
  if (page.seed.value === '') {
    page.seed.value = String(sampling.seed)
    page.temperature.value = String(sampling.temperature)
    page.steps.value = String(sampling.steps)
  }
  applySettings()
  cover('Looking at the picture…')
}

function showPrompt(chosen: Picture): void {
  page.cover.hidden = true
  page.view.setAttribute('aria-label', `A world dreamed from the picture ${chosen.name}`)
  controls.show(undefined)
}

/** The light that the screen throws around itself. On a software adapter reading the canvas costs more than a glow is worth. */
function showGlow(): void {
  const now = performance.now()
  if (world?.gpu.isSoftware || now - glowed < GLOW_EVERY) return
  glowed = now
  paintGlow(page.view)
}

/** Paints a picture small, fading out towards its edges. */
function paintGlow(source: HTMLCanvasElement): void {
  const { width, height } = page.glow
  const context = page.glow.getContext('2d')!
  context.globalCompositeOperation = 'copy'
  context.drawImage(source, 0, 0, width, height)
  context.globalCompositeOperation = 'destination-in'
  for (const [x, y] of [
    [width, 0],
    [0, height],
  ] as const) {
    const fade = context.createLinearGradient(0, 0, x, y)
    for (const [at, alpha] of GLOW_FADE) {
      fade.addColorStop(at, `rgb(0 0 0 / ${alpha})`)
      fade.addColorStop(1 - at, `rgb(0 0 0 / ${alpha})`)
    }
    context.fillStyle = fade
    context.fillRect(0, 0, width, height)
  }
}

function showPlayed({ frame, action, milliseconds, rate }: Played): void {
  page.frame.textContent = String(frame)
  page.rate.textContent = rate === undefined ? '–' : rate.toFixed(1)
  page.milliseconds.textContent = milliseconds.toFixed(milliseconds < 10 ? 1 : 0)
  controls.show(action)
}

function showError(error: unknown): void {
  page.error.textContent = error instanceof Error ? error.message : String(error)
  page.error.hidden = false
}

function showLoss(): void {
  cover('Making the world anew…')
  showStill()
  showError('The browser lost the graphics device, so the world starts over from its picture.')
}

function applySettings(): void {
  for (const input of [page.temperature, page.steps]) {
    input.style.setProperty(
      '--at',
      String((Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min))),
    )
    element<HTMLOutputElement>(`${input.id}-value`).value = input.value
  }
  session.auto = !page.wait.checked
  if (!world || !page.seed.checkValidity() || page.seed.value === '') return
  world.sampling.seed = Number(page.seed.value)
  world.sampling.temperature = Number(page.temperature.value)
  world.sampling.steps = Number(page.steps.value)
}

function listen(): void {
  applySettings()
  for (const input of [page.seed, page.temperature, page.steps, page.wait]) {
    input.addEventListener('input', applySettings)
    // After a mouse the keys should play again; somebody on the keyboard stays where they are.
    input.addEventListener('pointerup', () => input !== page.seed && page.view.focus({ preventScroll: true }))
  }
  element('reset').addEventListener('click', () => pick(picture))
  element('dice').addEventListener('click', () => {
    page.seed.value = String(Math.floor(Math.random() * 1e6))
    applySettings()
    pick(picture)
  })
  element('shuffle').addEventListener('click', () => {
    gallery.show(otherPictures(Math.floor(Math.random() * 2 ** 32)), 'game')
    gallery.mark(picture)
  })
}

async function showHelp(error?: unknown): Promise<void> {
  const agent = navigator.userAgent
  const { title, steps } = webgpuHelp('gpu' in navigator, isSecureContext, agent)
  document.body.classList.add('without-webgpu')
  element('help-title').textContent = title
  element('help-steps').replaceChildren(
    ...steps.map(step => Object.assign(document.createElement('li'), { textContent: step })),
  )
  element('help').hidden = false
  page.cover.hidden = true
  const [address] = Object.values(film)
  if (address) element<HTMLImageElement>('film').src = address
  if (error) console.info(error)
}

async function main(): Promise<void> {
  listen()
  const shipped = await shippedPictures().catch(showError)
  const pictures = [...(shipped?.length ? shipped : stillPictures()), ...drawnPictures()]
  picture = pictures.find(({ name }) => name === FIRST_PICTURE) ?? pictures[0]!
  gallery.show(pictures)
  gallery.mark(picture)
  showStill()
  if (!('gpu' in navigator)) return showHelp()
  void session.dream(picture)
  cover('Fetching the world…')
  try {
    await session.open()
  } catch (error) {
    if (error instanceof GpuError && !(await navigator.gpu.requestAdapter())) return showHelp(error)
    page.cover.hidden = true
    showError(error)
  }
}

void main()
