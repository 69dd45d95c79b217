// <djinn-world src="MODEL/" prompt="PICTURE" seed="0">: a world in plain HTML. It loads the model, plays on from the picture at the
// model's frame rate, and responds to the model's keys and to touch. It shows errors as text. It frees everything when it leaves
// the page. Importing this file outside a browser, or twice, does nothing.

import { DjinnError, messageOf } from '../gpu/errors.ts'
import { HeldKeys } from '../input/held_keys.ts'
import { bindsKeys } from '../input/key_bindings.ts'
import { PressedKeys } from '../input/pressed_keys.ts'
import { World } from '../world/world.ts'
import { createPad, createShadow, namesOf, type Shadow } from './shadow.ts'

/** During server-side rendering there are no elements. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

/** The element's events by name. An `error` event's `error` is a DjinnError with a code. */
export interface DjinnWorldEvents {
  ready: Event
  frame: CustomEvent<{ frame: number; action: number }>
  error: ErrorEvent
}

export interface DjinnWorld {
  addEventListener<K extends keyof DjinnWorldEvents>(
    type: K,
    listener: (this: DjinnWorld, event: DjinnWorldEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: HTMLElement, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

declare global {
  interface HTMLElementTagNameMap {
    'djinn-world': DjinnWorld
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface only adds events to HTMLElement's own method
export class DjinnWorld extends Base {
  static readonly observedAttributes = ['src', 'prompt', 'seed']

  /** The world, once its prompt is encoded. */
  world: World | undefined
  private readonly shadow: Shadow = createShadow(this)
  private readonly keys = new HeldKeys()
  private readonly sight = new IntersectionObserver(entries => {
    this.isSeen = entries.at(-1)!.isIntersecting
  })
  private isSeen = false
  private isDue = false
  private current = new AbortController() // aborted when the element starts again or leaves
  private bound: string[] = []
  private readonly pressed = new PressedKeys()

  constructor() {
    super()
    this.addEventListener('keydown', event => {
      // macOS reports no keyup while Command is down.
      if (event.metaKey) this.releaseKeys()
      const key = this.boundKey(event.key)
      if (event.ctrlKey || event.metaKey || event.altKey || key === undefined) return
      event.preventDefault()
      this.pressed.press(event, key)
      this.keys.press(key)
    })
    this.addEventListener('keyup', event => {
      const key = this.pressed.release(event)
      if (key !== undefined) this.keys.release(key)
    })
    this.addEventListener('blur', () => this.releaseKeys())
  }

  connectedCallback(): void {
    if (!this.hasAttribute('tabindex')) this.tabIndex = 0
    if (!this.hasAttribute('role')) this.role = 'application' // screen readers then pass keys on
    if (!this.hasAttribute('aria-label')) this.ariaLabel = 'A playable world'
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

  /** Starts again with the current attributes, at the end of the task. */
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
    this.releaseKeys()
  }

  private releaseKeys(): void {
    this.pressed.clear()
    this.keys.releaseAll()
  }

  /** The bound key that a `KeyboardEvent.key` means: letters count without Shift and Caps Lock. Events of a form being filled have none. */
  private boundKey(key = ''): string | undefined {
    return (
      this.bound.find(name => name === key) ??
      this.bound.find(name => name.length === 1 && name.toLowerCase() === key.toLowerCase())
    )
  }

  private async open(signal: AbortSignal): Promise<void> {
    const { canvas, status, alert } = this.shadow
    alert.textContent = ''
    status.textContent = 'Fetching the world…'
    const address = this.required('src', "the address of a model's folder")
    const prompt = new URL(this.required('prompt', 'the address of a picture'), document.baseURI)
    canvas.style.backgroundImage = `url("${prompt}")` // until the world draws over it
    const picture = this.fetchPrompt(prompt, signal)
    picture.catch(() => undefined) // it may fail before it is awaited
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
    const stopListening = world.gpu.onLost(error => this.fail(error, signal))
    signal.addEventListener('abort', stopListening)
    this.dispatchEvent(new Event('ready'))
    this.play(world, signal)
  }

  /** Steps at the model's frame rate while the element is visible, and draws. */
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
    const { keys: table = {} } = world.config
    if (keys.length === 0) return table[''] ?? 0
    return bindsKeys(table) ? world.actionFor(...keys) : Number(keys.at(-1))
  }

  /** Reads the model's key bindings. A model without any is played by digits, one per latent action. */
  private bind(world: World): void {
    const names = Object.keys(world.config.keys ?? {}).flatMap(name => name.split('+'))
    const digits = Array.from({ length: Math.min(10, world.actions) }, (_, i) => String(i))
    this.bound = bindsKeys(world.config.keys) ? [...new Set(names)].filter(Boolean) : digits
    const press = (key: string) => this.keys.press(key)
    const release = (key: string) => this.keys.release(key)
    // One touch button per action: the first key that is bound to it.
    const first = new Map(this.bound.toReversed().map(key => [world.config.keys?.[key] ?? key, key]))
    const shown = this.bound.filter(key => [...first.values()].includes(key))
    this.shadow.pads.replaceChildren(...shown.map(key => createPad(key, press, release)))
    this.ariaDescription = `Keys: ${namesOf(this.bound)}`
  }

  private async fetchPrompt(address: URL, signal: AbortSignal): Promise<Blob> {
    const response = await fetch(address, { signal })
    if (!response.ok) throw new DjinnError(`${response.url} could not be fetched: status ${response.status}`, 'fetch')
    return response.blob()
  }

  private required(name: string, meaning: string): string {
    const value = this.getAttribute(name)
    if (!value) throw new DjinnError(`<djinn-world> needs the attribute ${name}: ${meaning}`, 'argument')
    return value
  }

  /** The attribute `seed`. React sets it as a property. */
  get seed(): number {
    return Number(this.getAttribute('seed') ?? 0)
  }

  set seed(value: number) {
    this.setAttribute('seed', String(value))
  }

  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    this.stop()
    this.shadow.status.textContent = ''
    this.shadow.alert.textContent = messageOf(error)
    this.dispatchEvent(new ErrorEvent('error', { error, message: this.shadow.alert.textContent }))
  }
}

const percent = (share: number) => `${Math.floor(100 * share)} %`

// Two bundles of a page may both bring this file.
if (globalThis.customElements && !customElements.get('djinn-world')) customElements.define('djinn-world', DjinnWorld)
