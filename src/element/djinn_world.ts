// <djinn-world src="MODEL/" prompt="PICTURE">: a world for people who write no code. It loads, dreams on from the picture at the
// model's own pace, and is played by the keys that the model binds, or by fingers. Attributes: `src`, the model's folder; `prompt`,
// a picture; `seed`, of the dice. It says in its own text what goes wrong, and frees everything when it leaves the page.

import { HeldKeys } from '../input/held_keys.ts'
import { World } from '../world/world.ts'
import { createPad, createShadow, namesOf, type Shadow } from './shadow.ts'

export class DjinnWorld extends HTMLElement {
  static readonly observedAttributes = ['src', 'prompt', 'seed']

  /** The world that is being played, from its first picture on. */
  world: World | undefined
  private readonly shadow: Shadow = createShadow(this)
  private readonly keys = new HeldKeys()
  private readonly sight = new IntersectionObserver(entries => {
    this.isSeen = entries.at(-1)!.isIntersecting
  })
  private isSeen = false
  private isDue = false
  private current = new AbortController() // aborted when what is loaded or played is no longer wanted
  private bound: string[] = []

  constructor() {
    super()
    this.addEventListener('keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.bound.includes(event.key)) return
      event.preventDefault()
      this.keys.press(event.key)
    })
    this.addEventListener('keyup', event => this.keys.release(event.key))
    this.addEventListener('blur', () => this.keys.releaseAll())
  }

  connectedCallback(): void {
    if (!this.hasAttribute('tabindex')) this.tabIndex = 0
    if (!this.hasAttribute('role')) this.role = 'application' // keys are for the world, not for the screen reader
    if (!this.hasAttribute('aria-label')) this.ariaLabel = 'A dreamed world'
    this.sight.observe(this)
    this.restart()
  }

  disconnectedCallback(): void {
    this.sight.disconnect()
    this.stop()
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.restart()
  }

  /** Begins anew with what the attributes say, once all that change in this task have changed. */
  private restart(): void {
    if (this.isDue) return
    this.isDue = true
    queueMicrotask(() => {
      this.isDue = false
      this.stop()
      if (!this.isConnected) return
      this.current = new AbortController()
      const { signal } = this.current
      this.open(signal).catch((error: unknown) => this.fail(error, signal))
    })
  }

  private stop(): void {
    this.current.abort()
    this.world?.dispose()
    this.world = undefined
    this.keys.releaseAll()
  }

  private async open(signal: AbortSignal): Promise<void> {
    const { canvas, status, alert } = this.shadow
    alert.textContent = ''
    status.textContent = 'Fetching the world…'
    const address = this.required('src', "the address of a model's folder")
    const picture = this.fetchPrompt(this.required('prompt', 'the address of a picture'), signal)
    picture.catch(() => undefined) // it is awaited later, and may fail before
    const onProgress = (loaded: number, total: number | undefined) => {
      if (total)
        status.textContent = loaded < total ? `Fetching the world: ${percent(loaded / total)}` : 'Preparing it…'
    }
    const world = await World.load(new URL(address, document.baseURI), { signal, onProgress, seed: this.seed })
    try {
      await world.prompt(await picture)
      signal.throwIfAborted()
    } catch (error) {
      world.dispose()
      throw error
    }
    this.world = world
    status.textContent = ''
    const { height, width } = world.config.frame
    Object.assign(canvas, { height, width })
    canvas.style.aspectRatio = `${width} / ${height}`
    this.bind(world)
    world.draw(canvas)
    void world.gpu.lost.then(({ message }) =>
      this.fail(new Error(`The GPU device was lost (${message}). Reload the page.`), signal),
    )
    this.dispatchEvent(new Event('ready'))
    this.play(world, signal)
  }

  /** Steps at the model's frame rate while the element is in sight, and draws. */
  private play(world: World, signal: AbortSignal): void {
    let due = performance.now()
    const tick = (now: number) => {
      if (signal.aborted) return
      requestAnimationFrame(tick)
      if (now < due || !this.isSeen) return
      try {
        const action = this.actionOf(world)
        if (!world.step(action)) return
        world.draw(this.shadow.canvas)
        due = Math.max(due + 1000 / world.config.frame.rate, now)
        this.dispatchEvent(new CustomEvent('frame', { detail: { frame: world.frame, action } }))
      } catch (error) {
        this.fail(error, signal)
      }
    }
    requestAnimationFrame(tick)
  }

  private actionOf(world: World): number {
    const keys = this.keys.take()
    if (!world.config.keys) return Number(keys.at(-1) ?? 0)
    return keys.length === 0 && !('' in world.config.keys) ? 0 : world.actionFor(...keys)
  }

  /** Makes the model's keys known; a model that binds none is played by the digits of its latent actions. */
  private bind(world: World): void {
    const names = Object.keys(world.config.keys ?? {}).flatMap(name => name.split('+'))
    const digits = Array.from({ length: Math.min(10, world.actions) }, (_, i) => String(i))
    this.bound = world.config.keys ? [...new Set(names)].filter(Boolean) : digits
    const press = (key: string) => this.keys.press(key)
    const release = (key: string) => this.keys.release(key)
    // One button a move: where two keys mean the same, the first.
    const first = new Map(this.bound.toReversed().map(key => [world.config.keys?.[key] ?? key, key]))
    const shown = this.bound.filter(key => [...first.values()].includes(key))
    this.shadow.pads.replaceChildren(...shown.map(key => createPad(key, press, release)))
    this.ariaDescription = `Keys: ${namesOf(this.bound)}`
  }

  private async fetchPrompt(address: string, signal: AbortSignal): Promise<Blob> {
    const response = await fetch(new URL(address, document.baseURI), { signal })
    if (!response.ok) throw new Error(`${response.url} could not be fetched: status ${response.status}`)
    return response.blob()
  }

  private required(name: string, meaning: string): string {
    const value = this.getAttribute(name)
    if (!value) throw new Error(`<djinn-world> needs the attribute ${name}: ${meaning}`)
    return value
  }

  private get seed(): number {
    return Number(this.getAttribute('seed') ?? 0)
  }

  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    this.stop()
    this.shadow.status.textContent = ''
    this.shadow.alert.textContent = error instanceof Error ? error.message : String(error)
    this.dispatchEvent(new ErrorEvent('error', { error, message: this.shadow.alert.textContent }))
  }
}

const percent = (share: number) => `${Math.floor(100 * share)} %`

customElements.define('djinn-world', DjinnWorld)
