// The demo's script: which keys it holds at which frame, when it ends, and when it starts again.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Demo, demoScript } from '../../src/play_page/demo.ts'

const SCRIPT = [
  { keys: ['ArrowRight'], frames: 2 },
  { keys: ['ArrowRight', 'ArrowUp'], frames: 1 },
  { keys: [], frames: 1 },
]

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A demo, and the keys that it holds. */
function create() {
  const held = new Set<string>()
  let ends = 0
  const demo = new Demo({
    mayStart: () => true,
    setKey: (key, isDown) => (isDown ? held.add(key) : held.delete(key)),
    onChange: () => undefined,
    onEnd: () => ends++,
  })
  demo.load(SCRIPT)
  return { demo, held: () => [...held], ends: () => ends }
}

test('it holds the keys of each step for its frames, and begins again after the last', () => {
  const { demo, held, ends } = create()
  demo.start()
  const frames = Array.from({ length: 5 }, () => {
    demo.advance()
    return held().join('+')
  })
  expect(frames).toEqual(['ArrowRight', 'ArrowRight', 'ArrowRight+ArrowUp', '', 'ArrowRight'])
  expect(ends()).toBe(1)
})

test('it releases its keys when it stops', () => {
  const { demo, held } = create()
  demo.start()
  demo.advance()
  demo.stop()
  expect([held(), demo.keys, demo.isOn]).toEqual([[], [], false])
  demo.advance()
  expect(held()).toEqual([])
})

test('it starts again a minute after the last input', () => {
  const { demo } = create()
  demo.restartTimer()
  vi.advanceTimersByTime(59_000)
  demo.restartTimer()
  vi.advanceTimersByTime(59_000)
  expect(demo.isOn).toBe(false)
  vi.advanceTimersByTime(1000)
  expect(demo.isOn).toBe(true)
})

test('it waits another minute where it may not start', () => {
  let mayStart = false
  const events = {
    mayStart: () => mayStart,
    setKey: () => undefined,
    onChange: () => undefined,
    onEnd: () => undefined,
  }
  const demo = new Demo(events)
  demo.load(SCRIPT)
  demo.restartTimer()
  vi.advanceTimersByTime(61_000)
  mayStart = true
  expect(demo.isOn).toBe(false)
  vi.advanceTimersByTime(60_000)
  expect(demo.isOn).toBe(true)
})

test('a world without arrow keys is shown by its latent actions', () => {
  expect(demoScript(undefined, 3).map(({ keys }) => keys)).toEqual([['0'], ['1'], ['2']])
  expect(demoScript({ x: 1 }, 12)).toHaveLength(10)
  expect(demoScript({ ArrowRight: 1, ArrowUp: 2 }, 6)[1]).toEqual({ keys: ['ArrowRight'], frames: 12 })
})
