// <djinn-world>: HTML alone loads, plays, says what is wrong, and cleans up.

import { afterEach, expect, test } from 'vitest'
import '../../src/element/djinn_world.ts'
import type { DjinnWorld } from '../../src/element/djinn_world.ts'

const MODEL = '/test/golden/tiny/'
const PICTURE = '/weights/platformer/prompts/snow.png'

function add(attributes: Record<string, string>): DjinnWorld {
  const element = document.createElement('djinn-world') as DjinnWorld
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  document.body.append(element)
  return element
}
const alertOf = (element: DjinnWorld) => element.shadowRoot!.querySelector('[role=alert]')!.textContent
const next = (element: DjinnWorld) =>
  new Promise<{ frame: number; action: number }>(resolve =>
    element.addEventListener('frame', event => resolve((event as CustomEvent).detail), { once: true }),
  )

afterEach(() => document.body.replaceChildren())

test('plays by itself and by keys, is focusable and labelled, and frees everything when it leaves', async () => {
  const element = add({ src: MODEL, prompt: PICTURE, seed: '4' })
  expect(element.shadowRoot!.querySelector('[role=status]')!.textContent).toBe('')
  const { frame, action } = await next(element)
  expect([frame, action]).toEqual([2, 0])
  expect(element.world!.sampling.seed).toBe(4)
  expect(element.getAttribute('role')).toBe('application')
  expect(element.getAttribute('aria-label')).toBe('A playable world')
  element.focus()
  expect(document.activeElement).toBe(element)
  // A model that binds no keys is played by digits; a tap between two frames counts for one.
  element.dispatchEvent(new KeyboardEvent('keydown', { key: '2' }))
  element.dispatchEvent(new KeyboardEvent('keyup', { key: '2' }))
  expect((await next(element)).action).toBe(2)
  expect((await next(element)).action).toBe(0)
  const key = new KeyboardEvent('keydown', { key: 'Tab', cancelable: true })
  element.dispatchEvent(key)
  expect(key.defaultPrevented).toBe(false)
  // Browsers that fill in a form, and their extensions, send keyless events of that name.
  const uncaught: string[] = []
  const listen = (event: ErrorEvent) => {
    uncaught.push(event.message)
    event.preventDefault()
  }
  addEventListener('error', listen)
  for (const type of ['keydown', 'keyup']) element.dispatchEvent(new Event(type))
  removeEventListener('error', listen)
  expect(uncaught).toEqual([])
  const { world } = element
  element.remove()
  expect(element.world).toBeUndefined()
  expect(() => world!.step(0)).toThrow('disposed of')
})

test('shows its prompt until the world draws', async () => {
  const element = add({ src: '/nowhere/', prompt: PICTURE })
  await new Promise(resolve => element.addEventListener('error', resolve, { once: true }))
  const canvas = element.shadowRoot!.querySelector('canvas')!
  expect(getComputedStyle(canvas).backgroundImage).toBe(`url("${new URL(PICTURE, location.href)}")`)
})

test('fingers hold keys by buttons with names', async () => {
  const element = add({ src: MODEL, prompt: PICTURE })
  await next(element)
  const pad = element.shadowRoot!.querySelector<HTMLButtonElement>('button[aria-label="3"]')!
  pad.setPointerCapture = () => undefined // there is no real finger
  pad.dispatchEvent(new PointerEvent('pointerdown'))
  expect((await next(element)).action).toBe(3)
  expect((await next(element)).action).toBe(3)
  pad.dispatchEvent(new PointerEvent('pointerup'))
  expect((await next(element)).action).toBe(0)
})

test('another picture gives other frames', async () => {
  const element = add({ src: MODEL, prompt: PICTURE })
  await next(element)
  const { world } = element
  const tokens = world!.promptTokens()
  element.setAttribute('prompt', '/weights/platformer/prompts/dusk.png')
  await expect.poll(() => element.world !== undefined && element.world !== world).toBe(true)
  expect(element.world!.promptTokens()).not.toEqual(tokens)
  expect(() => world!.step(0)).toThrow('disposed of')
})

test.each([
  [{ prompt: PICTURE }, "<djinn-world> needs the attribute src: the address of a model's folder"],
  [{ src: MODEL }, '<djinn-world> needs the attribute prompt: the address of a picture'],
  [{ src: '/none/', prompt: PICTURE }, /\/none\/config\.json could not be fetched: status 404/],
  [{ src: MODEL, prompt: '/none.png' }, /\/none\.png could not be fetched: status 404/],
])('%o says what is wrong, inside', async (attributes, sentence) => {
  const element = add(attributes as Record<string, string>)
  const heard = new Promise<ErrorEvent>(resolve => element.addEventListener('error', resolve, { once: true }))
  await expect.poll(() => alertOf(element)).toMatch(sentence)
  expect((await heard).message).toBe(alertOf(element))
})

test('whatever changes, the canvas shows the new world: seed, prompt, src, a move in the document', async () => {
  const element = add({ src: MODEL, prompt: PICTURE })
  const canvas = element.shadowRoot!.querySelector('canvas')!
  /** Once the element is ready, how far the canvas is from the world's pixels. */
  const ready = () =>
    new Promise<number>((resolve, reject) =>
      element.addEventListener(
        'ready',
        () => {
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!
          copy.drawImage(canvas, 0, 0)
          const drawn = copy.getImageData(0, 0, canvas.width, canvas.height).data
          element
            .world!.read()
            .then(pixels => resolve(Math.max(...pixels.map((v, i) => Math.abs(v - drawn[i]!)))), reject)
        },
        { once: true },
      ),
    )
  expect(await ready()).toBeLessThanOrEqual(1)
  const changes = [
    () => element.setAttribute('seed', '7'),
    () => element.setAttribute('prompt', '/weights/platformer/prompts/dusk.png'),
    () => element.setAttribute('src', `${location.origin}${MODEL}`),
    () => document.body.append(Object.assign(document.createElement('p'), { textContent: 'before' }), element),
  ]
  for (const change of changes) {
    const shown = ready()
    change()
    expect(await shown, `${change}`).toBeLessThanOrEqual(1)
  }
})

test('keys never stick: Command, two places of one name, a place that is not told, lost focus', async () => {
  const element = add({ src: MODEL, prompt: PICTURE })
  await next(element)
  const press = (type: 'keydown' | 'keyup', key: string, code: string, metaKey = false) =>
    element.dispatchEvent(new KeyboardEvent(type, { key, code, metaKey }))
  press('keydown', '2', 'Digit2')
  press('keydown', '2', 'Numpad2')
  press('keyup', '2', 'Digit2')
  await next(element)
  expect((await next(element)).action).toBe(2)
  press('keyup', '2', 'Numpad2')
  expect((await next(element)).action).toBe(0)
  press('keydown', '3', 'Digit3')
  press('keydown', 'Meta', 'MetaLeft', true)
  expect((await next(element)).action).toBe(0)
  press('keydown', '1', '')
  press('keydown', '2', '')
  press('keyup', '1', '')
  press('keyup', '2', '')
  await next(element)
  expect((await next(element)).action).toBe(0)
  element.focus()
  press('keydown', '3', 'Digit3')
  element.blur()
  expect((await next(element)).action).toBe(0)
})
