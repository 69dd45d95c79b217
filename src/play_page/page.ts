// The play page: joins a session (the world being played) to what is on the page: pictures, keys, settings, film, thinking, and
// what one takes home.

import { familyOf } from '../families/families.ts'
import { GpuError } from '../gpu/gpu.ts'
import { Controls } from '../ui/controls.ts'
import { byId } from '../ui/dom.ts'
import { keepGlowing } from '../ui/glow.ts'
import type { FrameStats } from '../ui/play_loop.ts'
import { Rebinding } from '../ui/rebinding.ts'
import { isRecording, Session, type Start } from '../ui/session.ts'
import * as screen from '../ui/status_view.ts'
import { decodeRecording } from '../world/recording.ts'
import type { World } from '../world/world.ts'
import { Camera } from './camera.ts'
import { type CompareMode, CompareView } from './compare_view.ts'
import { DecodingPanel } from './decoding_panel.ts'
import { DrawingPad } from './drawing_pad.ts'
import { ExportPanel, linkedRecording } from './export_panel.ts'
import { FilmStrip } from './film_strip.ts'
import { Gallery } from './gallery.ts'
import { otherPictures, ourPictures, type Picture, stillPictures } from './prompts/pictures.ts'
import { Settings } from './settings.ts'
import { wireTabs } from './tabs.ts'
import { TimingPanel } from './timing_panel.ts'
import { showWithoutWebgpu } from './without_webgpu.ts'

const view = byId<HTMLCanvasElement>('view')
const wait = byId<HTMLInputElement>('wait')
const company = byId<HTMLSelectElement>('company')

const address = new URLSearchParams(location.search).get('model') ?? 'weights/platformer/'
/** `mine`: the world that train.html trained in this browser; what reads it knows training, which play need not load. */
const model =
  address === 'mine' ? (await import('../train_page/project.ts')).trainedWorld : new URL(address, document.baseURI)
const pictures = [...stillPictures(), ...ourPictures()]
/** What the dream began with, and begins with again. */
let origin: Start = pictures[0]!
/** What starts the real game instead, where nothing can be dreamed. */
let playGame: ((picture: Picture) => void) | undefined

const session = new Session(model, view, {
  wish: () => controls.take(),
  ready: () => beside.ready(),
  onLoading: screen.coverLoading,
  onLoaded: showWorld,
  onReplayed: showReplayed,
  onStarted: showStart,
  onRewound: showMoment,
  onDrawn: showDrawn,
  onPlayed: showPlayed,
  onLatency: screen.showLatency,
  onLost: showLoss,
  onError: fail,
})
const controls = new Controls(byId('actions'), byId('pads'), () => session.ask())
const rebinding = new Rebinding(byId('keys'), controls)
const settings = new Settings(applySettings, () => play(origin))
const gallery = new Gallery(byId('pictures'), byId<HTMLInputElement>('file'), play, fail)
const film = new FilmStrip(byId('film'), moment => session.rewind(moment))
const thinking = new DecodingPanel(byId('steps-wall'), byId('thinking-line'))
const stages = new TimingPanel(byId('stages-bar'), byId('stages-line'))
const keep = new ExportPanel(fail)
const beside = new CompareView(byId('beside'), byId('beside-caption'))

/** Dreams from a picture, or again what a recording holds. */
function begin(start: Start): void {
  origin = start
  view.ariaBusy = String(!playGame)
  screen.hideError()
  if (!isRecording(start)) {
    gallery.mark(start)
    screen.showStill(start)
    playGame?.(start)
  }
  void session.begin(start)
}

/** The same, asked for by somebody, whose keys shall play it. */
function play(start: Start): void {
  begin(start)
  view.focus({ preventScroll: true })
}

function showWorld(world: World): void {
  screen.showAdapter(world)
  byId('adapter').hidden = byId('play').hidden = false
  rebinding.open(world.config)
  // After a lost device the settings on the page outlive the world they were made for.
  if (settings.isFresh) settings.show(world.sampling)
  settings.allowGuidance(familyOf(world.config).hasGuidance)
  applySettings()
  film.clear()
  thinking.attach(world)
  stages.attach(world)
  keep.attach(world)
  screen.coverScreen('Looking at the picture…')
}

function showReplayed(frame: number, total: number): void {
  screen.coverScreen(`Dreaming it again: ${frame} of ${total} frames`, frame / total)
  film.offer(session.world!)
}

function showStart(start: Start): void {
  const world = session.world!
  view.ariaBusy = 'false'
  screen.uncoverScreen()
  screen.describeView(isRecording(start) ? 'A dream dreamed again' : `A world dreamed from the picture ${start.name}`)
  // From now on starting over is starting over.
  if (isRecording(start)) settings.show(world.sampling)
  else film.clear()
  film.offer(world)
  showMoment()
}

/** The dream goes on from somewhere else. */
function showMoment(): void {
  const world = session.world!
  controls.show(undefined)
  screen.clearReadout()
  if (world.frame > 1) byId('frame').textContent = String(world.frame)
  beside.follow(world, isRecording(origin) ? undefined : origin.game)
}

/** In the task that drew a frame: what else is drawn or read of it. */
function showDrawn(action: number): void {
  const world = session.world!
  film.offer(world)
  beside.step(world, action)
  void thinking.look(`action ${action}${controls.signs(action) && ` (${controls.signs(action)})`}`)
  void stages.look()
  void keep.onFrame()
  // On a software adapter reading the canvas costs more than a glow is worth.
  if (!world.gpu.isSoftwareAdapter) keepGlowing(view)
}

function showPlayed(played: FrameStats): void {
  screen.showPlayed(played)
  controls.show(played.action)
}

function showLoss(): void {
  thinking.attach(undefined)
  stages.attach(undefined)
  screen.coverScreen('Making the world anew…')
  screen.showError(
    'The browser lost the graphics device: the world is made anew and dreams up to where it was.',
    'news',
  )
}

function fail(error: unknown): void {
  view.ariaBusy = 'false'
  screen.uncoverScreen()
  // A link that cannot be dreamed leaves a world without a picture.
  if (isRecording(origin) && session.world?.frame === 0) begin(pictures[0]!)
  screen.showError(error)
}

function applySettings(): void {
  session.auto = !wait.checked
  if (session.world) settings.apply(session.world.sampling)
}

/** The newest frame, to draw over. */
async function newestFrame(): Promise<ImageBitmap | undefined> {
  const { world } = session
  if (!world) return undefined
  const { width, height } = world.config.frame
  return createImageBitmap(new ImageData(await world.read(), width, height))
}

function listen(): void {
  wireTabs(byId('tabs'), panel => {
    thinking.open = stages.open = panel === 'thinking'
  })
  new Camera(picture => gallery.bring(picture), fail)
  new DrawingPad(newestFrame, picture => gallery.bring(picture))
  wait.addEventListener('input', applySettings)
  // After a mouse the keys should play again; somebody on the keyboard stays where they are.
  for (const input of document.querySelectorAll('main input:is([type=range], [type=checkbox])'))
    input.addEventListener('pointerup', () => view.focus({ preventScroll: true }))
  byId('tabs').addEventListener('click', ({ detail }) => detail > 0 && view.focus({ preventScroll: true }))
  company.addEventListener('change', () => {
    beside.company = company.value as CompareMode
    // The real game needs a picture of it to begin with.
    const hasGame = !isRecording(origin) && origin.game
    if (beside.company === 'game' && !hasGame) begin(pictures[0]!)
    else if (session.isStarted) showMoment()
    view.focus({ preventScroll: true })
  })
  byId('back').addEventListener('click', () => film.back(session.world?.frame ?? 0))
  byId('reset').addEventListener('click', () => play(isRecording(origin) ? { ...origin, played: [] } : origin))
  byId('shuffle').addEventListener('click', () => gallery.show(otherPictures(Math.floor(Math.random() * 2 ** 32))))
  byId('reset-keys').addEventListener('click', () => rebinding.reset())
  const about = byId<HTMLDialogElement>('about')
  byId('about-open').addEventListener('click', () => about.showModal())
  byId('about-close').addEventListener('click', () => about.close())
}

function goWithoutWebgpu(): void {
  screen.uncoverScreen()
  playGame = showWithoutWebgpu(controls)
  begin(origin)
}

async function main(): Promise<void> {
  listen()
  gallery.show(pictures)
  if (!('gpu' in navigator)) return goWithoutWebgpu()
  screen.coverScreen('Fetching the world…')
  const linked = linkedRecording()
  try {
    begin(linked === undefined ? origin : decodeRecording(linked))
  } catch (error) {
    begin(origin)
    screen.showError(error)
  }
  try {
    await session.open()
  } catch (error) {
    if (error instanceof GpuError && !(await navigator.gpu.requestAdapter())) return goWithoutWebgpu()
    fail(error)
  }
}

void main()
