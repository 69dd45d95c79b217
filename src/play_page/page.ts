// The play page: connects a play session with the pictures, the keys and the panels.

import { CheckpointError } from '../families/checkpoint_error.ts'
import { familyOf } from '../families/families.ts'
import { GpuError } from '../gpu/errors.ts'
import { Controls } from '../ui/controls.ts'
import { byId, prefersReducedMotion } from '../ui/dom.ts'
import { ErrorLine } from '../ui/error_line.ts'
import type { FrameStats } from '../ui/play_loop.ts'
import { Rebinding } from '../ui/rebinding.ts'
import { Session } from '../ui/session.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { playedFrameCount } from '../world/recording.ts'
import type { World } from '../world/world.ts'
import { type CompareMode, CompareView } from './compare_view.ts'
import { DecodingPanel } from './decoding_panel.ts'
import { DroppedCheckpoints, type DroppedFile } from './dropped_checkpoints.ts'
import { ExportPanel } from './export_panel.ts'
import { FilmStrip } from './film_strip.ts'
import { FramingPanel } from './framing_panel.ts'
import { Gallery } from './gallery.ts'
import { isLink, makeLink, readLink } from './links.ts'
import { isReplay, modelAt, type Origin, pictureOf } from './origin.ts'
import { connectControls, type PageActions } from './page_controls.ts'
import { PlayMode } from './play_mode.ts'
import { photographs } from './prompts/photos.ts'
import { generatedPictures, otherPictures, type Picture, stillPictures } from './prompts/pictures.ts'
import { promptOf } from './replay.ts'
import { SamplingPanel } from './sampling_panel.ts'
import { StatusView } from './status_view.ts'
import { TimingPanel } from './timing_panel.ts'
import { type GamePicture, playWithoutWebgpu } from './without_webgpu.ts'
import { WorldSwitch } from './world_switch.ts'
import { ANIMATION, FIRST_WORLD, linkTo, showWorlds, worldFor } from './worlds.ts'

/** Opens the page in a document that index.html describes. */
export async function openPlayPage(): Promise<void> {
  const address = new URLSearchParams(location.search).get('model') ?? FIRST_WORLD
  await new PlayPage(address).open()
}

class PlayPage {
  private readonly view = byId<HTMLCanvasElement>('view')
  private readonly wait = byId<HTMLInputElement>('wait')
  private pictures: Picture[] = []
  private hasSlowPictures = false
  /** What the world started from, and starts over from. */
  private origin!: Origin
  /** Time of the newest frame. */
  private milliseconds: number | undefined
  /** Starts the real game from a picture. Undefined while there is WebGPU. */
  private playGame: ((picture: GamePicture | undefined) => void) | undefined

  private readonly status = new StatusView()
  private readonly error = new ErrorLine(byId('error'))
  private readonly controls = new Controls(byId('actions'), byId('pads'), () => this.onUserInput())
  private readonly rebinding = new Rebinding(byId('keys'), this.controls)
  private readonly sampling = new SamplingPanel(
    byId('sampling'),
    () => this.onSettings(),
    () => this.restart(),
  )
  private readonly gallery = new Gallery(
    byId('pictures'),
    byId<HTMLInputElement>('file'),
    picture => void this.play(picture).catch(error => this.fail(error)),
    error => this.fail(error),
    files => void this.openCheckpoints(files),
  )
  private readonly checkpoints = new DroppedCheckpoints()
  private readonly framing = new FramingPanel(byId('framing'), picture => this.start(picture))
  private readonly film = new FilmStrip(byId('film'), snapshot => this.session.rewind(snapshot))
  private readonly decoding = new DecodingPanel(byId('steps-wall'), byId('decoding-line'))
  private readonly timing = new TimingPanel(byId('stages-bar'), byId('stages-line'))
  private readonly exports = new ExportPanel(byId('export'), {
    linkTo: world => this.linkTo(world),
    onNotice: text => this.error.show(text, 'notice'),
    onError: error => this.fail(error),
  })
  private readonly compare = new CompareView(byId('compare'))
  private readonly session: Session
  private readonly mode: PlayMode

  /** Of the world that plays. Its address is '' once the user has replaced it. */
  private readonly worlds: WorldSwitch

  /** @param address of the world to play */
  constructor(address: string) {
    this.worlds = new WorldSwitch(address, address => this.replaceModel(modelAt(address)))
    this.session = new Session(modelAt(address), this.view, {
      nextInput: () => this.mode.nextInput(),
      ready: () => this.compare.ready(),
      onLoading: (loaded, total) => this.status.showLoading(loaded, total),
      onLoaded: world => this.onLoaded(world),
      onReplayed: (frame, total) => this.onReplayed(frame, total),
      onStarted: () => this.onStarted(),
      onRewound: () => this.onMoved(),
      onDrawn: action => this.onDrawn(action),
      onPlayed: stats => this.onPlayed(stats),
      onLatency: milliseconds => this.status.showLatency(milliseconds),
      onLost: () => this.onLost(),
      onError: error => this.fail(error),
    })
    this.mode = new PlayMode(this.session, this.controls, {
      onTakeOver: world => this.sampling.show(world.sampling),
      onDemoEnd: () => this.start(this.origin),
    })
    document.addEventListener('visibilitychange', () => this.showLimit())
    connectControls(this.view, this.actions)
    showWorlds(byId('worlds'), address)
  }

  async open(): Promise<void> {
    // The model is fetched and the device requested while the pictures are drawn.
    const opening = 'gpu' in navigator ? this.session.open() : undefined
    opening?.catch(() => {})
    this.pictures = [...stillPictures(), ...generatedPictures()]
    this.gallery.show(this.pictures)
    if (isLink(location.hash)) await this.openLink()
    else this.start(this.pictures[0]!)
    if (!opening) return this.goWithoutWebgpu()
    this.status.showCover('Loading the model…')
    const isFirst = this.worlds.address === FIRST_WORLD && this.origin === this.pictures[0]
    if (ANIMATION && isFirst && !prefersReducedMotion()) this.status.showAnimation(ANIMATION)
    try {
      await opening
    } catch (error) {
      if (error instanceof GpuError && !(await navigator.gpu.requestAdapter())) return this.goWithoutWebgpu()
      this.fail(error)
    }
  }

  /** Starts from the share link in the address, or from the first picture if the link is not valid. */
  private async openLink(): Promise<void> {
    try {
      this.start(await readLink(location.hash, this.pictures))
    } catch (error) {
      this.start(this.pictures[0]!)
      this.error.show(error)
    }
  }

  /** Plays the world of checkpoints that the user dropped, once all of them are there. */
  private async openCheckpoints(files: DroppedFile[]): Promise<void> {
    this.error.hide()
    try {
      const source = await this.checkpoints.add(files)
      if (!source) return this.error.show(this.checkpoints.progress, 'notice')
      this.worlds.forget()
      await this.replaceModel(source)
      this.start(this.pictures[0]!)
      const { notices } = this.checkpoints
      if (notices.length > 0) this.error.show(`${notices.join('. ')}.`, 'notice')
    } catch (error) {
      this.fail(error)
      if (error instanceof CheckpointError) this.error.list('All that was found', error.lines)
    }
  }

  private async replaceModel(model: URL | ModelSource): Promise<void> {
    this.decoding.attach(undefined)
    this.timing.attach(undefined)
    this.sampling.clear()
    this.status.showCover('Loading the model…')
    await this.session.replaceModel(model)
  }

  /** Pictures that take longer to draw or to fetch come after the first frame. */
  private async addSlowPictures(): Promise<void> {
    if (this.hasSlowPictures) return
    this.hasSlowPictures = true
    const { simulatedPictures } = await import('./prompts/simulated.ts')
    for (const some of [simulatedPictures(), photographs()]) {
      const pictures = await some
      this.pictures.push(...pictures)
      this.gallery.show(pictures)
    }
  }

  /** Starts from a picture, or replays a link from its prompt on. */
  private start(origin: Origin, withReplay = isReplay(origin)): void {
    this.origin = origin
    this.view.ariaBusy = String(!this.playGame)
    this.error.hide()
    const picture = pictureOf(origin)
    this.gallery.mark(picture)
    this.framing.open(isReplay(origin) ? undefined : origin)
    if (picture) this.status.showStill(picture)
    // A replay's picture stands still: what follows is not the game's.
    this.playGame?.(isReplay(origin) && picture ? { name: picture.name, canvas: picture.canvas } : picture)
    this.mode.setReplay(isReplay(origin) && withReplay ? origin.recording : undefined)
    void this.session.begin(isReplay(origin) ? promptOf(origin.recording) : origin)
  }

  /** Starts from a picture that the user chose, in its world where that is fast. */
  private async play(picture: Picture): Promise<void> {
    const { worlds } = this
    const { world } = this.session
    const { address, hint } = worldFor(picture.kind, worlds.next, world?.gpu.isSoftwareAdapter ?? true)
    if (address !== worlds.address || address !== worlds.next) {
      if (!(await worlds.to(address))) return
      history.replaceState(undefined, '', linkTo(address))
    }
    showWorlds(byId('worlds'), address, hint)
    this.start(picture)
    this.mode.onUserInput()
    this.view.focus({ preventScroll: true })
  }

  /** Starts over from the same prompt, and the user plays. */
  private restart(): void {
    this.start(this.origin, false)
    this.mode.onUserInput()
    this.view.focus({ preventScroll: true })
  }

  private onUserInput(): void {
    this.mode.onUserInput()
    this.session.requestStep()
  }

  private onLoaded(world: World): void {
    this.status.showAdapter(world)
    byId('play').hidden = false
    this.rebinding.load(world.config)
    // After a lost device the user's settings stay.
    if (this.sampling.isEmpty) this.sampling.show(world.sampling)
    else this.sampling.apply(world.sampling)
    this.sampling.showQuality(this.worlds.next)
    this.sampling.allowGuidance(!!familyOf(world.config).hasGuidance)
    this.mode.onLoaded(world)
    // A browser may restore the switch when a page is loaded again.
    this.mode.setWaitsForKeys(this.wait.checked)
    this.film.clear()
    this.decoding.attach(world)
    this.timing.attach(world)
    this.exports.attach(world)
    this.status.showCover('Encoding the picture…')
  }

  private onReplayed(frame: number, total: number): void {
    this.status.showCover(`Replaying: ${frame} of ${total} frames`, frame / total)
    this.film.onFrame(this.session.world!)
  }

  private onStarted(): void {
    const world = this.session.world!
    const { origin } = this
    this.view.ariaBusy = 'false'
    this.status.hideCover()
    this.status.describeView(
      isReplay(origin) ? 'A replayed world' : `A world generated from the picture ${origin.name}`,
    )
    if (world.frame === 1) {
      this.film.clear()
      void this.framing.show(world)
    }
    if (isReplay(origin)) this.sampling.show(origin.recording.played[0]?.sampling ?? world.sampling)
    this.film.onFrame(world)
    this.onMoved()
    this.mode.onStarted(world)
    void this.addSlowPictures().catch(error => this.fail(error))
  }

  /** The world continues from another frame. */
  private onMoved(): void {
    const world = this.session.world!
    this.controls.show(undefined)
    this.status.clearReadout()
    if (world.frame > 1) this.status.showFrame(world.frame)
    this.compare.restart(world, isReplay(this.origin) ? undefined : this.origin.game)
  }

  /** In the task that drew a frame: everything else that draws or reads it. */
  private onDrawn(action: number): void {
    const world = this.session.world!
    const label = this.controls.label(action)
    this.film.onFrame(world)
    this.mode.onFrame(world)
    this.compare.step(world, action)
    void this.decoding.onFrame(`action ${action}${label && ` (${label})`}`)
    void this.timing.timeNextFrame()
    this.exports.onFrame()
    // On a software adapter reading the canvas takes longer than the glow is worth.
    if (!world.gpu.isSoftwareAdapter) this.status.updateGlow()
  }

  private onPlayed(stats: FrameStats): void {
    this.status.showStats(stats)
    this.milliseconds = stats.milliseconds
    this.showLimit()
    this.controls.show(stats.action)
  }

  private showLimit(): void {
    const { world } = this.session
    if (!world) return
    this.status.showLimit({
      isHidden: document.hidden,
      isWaiting: !this.session.auto,
      milliseconds: this.milliseconds,
      rate: world.config.frame.rate,
      isSoftwareAdapter: world.gpu.isSoftwareAdapter,
    })
  }

  private onLost(): void {
    this.decoding.attach(undefined)
    this.timing.attach(undefined)
    this.status.showCover('Loading the world again…')
    this.error.show(
      'The browser lost the graphics device. The world is loaded again and replayed to where it was.',
      'notice',
    )
  }

  private fail(error: unknown): void {
    this.view.ariaBusy = 'false'
    this.status.hideCover()
    // A link that cannot be replayed leaves a world without a prompt.
    if (isReplay(this.origin) && this.session.world?.frame === 0) this.start(this.pictures[0]!)
    this.error.show(error)
  }

  /** The user changed the sampling. A replay has its own, so it ends. */
  private onSettings(): void {
    const { world } = this.session
    if (this.mode.isReplay) this.mode.setReplay(undefined)
    if (world) this.sampling.apply(world.sampling)
  }

  private linkTo(world: World): URL {
    const picture = pictureOf(this.origin)
    const isOwn = !this.pictures.some(own => own === picture)
    return makeLink(location.href, world.recording(), picture, isOwn)
  }

  /** For the drawing pad. */
  private async newestFrame(): Promise<ImageBitmap | undefined> {
    const { world } = this.session
    if (!world) return undefined
    const { width, height } = world.config.frame
    return createImageBitmap(new ImageData(await world.read(), width, height))
  }

  /** What the controls of the page do. */
  private get actions(): PageActions {
    return {
      addPicture: picture => this.gallery.add(picture),
      shuffle: () => this.gallery.show(otherPictures(Math.floor(Math.random() * 2 ** 32))),
      newestFrame: () => this.newestFrame(),
      onPanel: panel => {
        this.decoding.open = this.timing.open = panel === 'decoding'
      },
      setWaitsForKeys: value => {
        this.mode.setWaitsForKeys(value)
        this.showLimit()
      },
      compare: mode => this.setCompare(mode),
      restart: () => this.restart(),
      goBack: () => this.film.back(this.session.world?.frame ?? 0),
      saveRecent: () => void this.exports.saveRecent(),
      resetKeys: () => this.rebinding.reset(),
      openLink: () => void this.openLink(),
      onTouch: () => this.mode.onUserInput(),
      onError: error => this.fail(error),
    }
  }

  private setCompare(mode: CompareMode): void {
    this.compare.mode = mode
    // The real game can only start from one of its own pictures.
    const hasGame = !isReplay(this.origin) && this.origin.game
    if (mode === 'game' && !hasGame) this.start(this.pictures[0]!)
    else if (this.session.isStarted) this.onMoved()
  }

  private goWithoutWebgpu(): void {
    const { origin } = this
    this.status.hideCover()
    byId('play').hidden = false
    this.playGame = playWithoutWebgpu(this.view, this.controls)
    this.start(origin)
    void this.addSlowPictures().catch(error => this.fail(error))
    if (!isReplay(origin)) return
    const frames = playedFrameCount(origin.recording)
    const shown = origin.picture ? 'The screen shows the picture that it starts from.' : ''
    this.error.show(`This link replays ${frames} frames of a generated world, which takes WebGPU. ${shown}`, 'notice')
  }
}
