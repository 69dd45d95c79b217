// Keys and the latent actions that they ask for: digits, the keys of a model's table, WASD and space as arrows.

import { expect, test } from 'vitest'
import { KeyMap } from '../../src/input/key_map.ts'

const KEYS = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4, 'ArrowRight+ArrowUp': 5 }

/** A key of a US keyboard. */
function us(key: string) {
  const code =
    key === ' ' ? 'Space' : /^\d$/.test(key) ? `Digit${key}` : key.length === 1 ? `Key${key.toUpperCase()}` : key
  return { key, code }
}

test('without a table only the digits below the number of actions do something', () => {
  const map = new KeyMap(6)
  expect(['0', '5', '6', 'ArrowLeft', 'a', ' '].map(key => map.name(us(key)))).toEqual(['0', '5', ...Array(4)])
  expect(map.take()).toBe(0)
  map.press('5')
  expect(map.take()).toBe(5)
})

test('arrows, WASD, space and digits play a world that binds arrows', () => {
  const map = new KeyMap(6, KEYS)
  expect(['ArrowLeft', 'a', ' ', 'w', 's', '3'].map(key => map.name(us(key)))).toEqual([
    'ArrowLeft',
    'ArrowLeft',
    'ArrowUp',
    'ArrowUp',
    undefined,
    '3',
  ])
})

test('a letter means the same with Shift and CapsLock', () => {
  const map = new KeyMap(6, { ...KEYS, x: 3 })
  expect(['d', 'D', 'x', 'X'].map(key => map.name(us(key)))).toEqual(['ArrowRight', 'ArrowRight', 'x', 'x'])
})

test('on a French and a Russian keyboard the same places are the arrows, and digits need no Shift', () => {
  const map = new KeyMap(6, KEYS)
  const places = [
    { key: 'q', code: 'KeyA' },
    { key: 'z', code: 'KeyW' },
    { key: 'в', code: 'KeyD' },
    { key: '(', code: 'Digit5' },
  ]
  expect(places.map(place => map.name(place))).toEqual(['ArrowLeft', 'ArrowUp', 'ArrowRight', '5'])
})

test('a key that the table binds itself is no arrow', () => {
  expect(new KeyMap(6, { ...KEYS, a: 3 }).name(us('a'))).toBe('a')
})

test('a key bound to the action of an arrow forms pairs as the arrow does', () => {
  const map = new KeyMap(6, { ...KEYS, ' ': KEYS.ArrowUp })
  map.press('ArrowRight')
  map.press(map.name(us(' '))!)
  expect(map.take()).toBe(5)
})

test('no key is the idle action, and the newest of two keys wins unless the table has the pair', () => {
  const map = new KeyMap(6, KEYS)
  expect(map.take()).toBe(1)
  map.press('ArrowLeft')
  map.press('ArrowUp')
  expect(map.take()).toBe(4)
  map.release('ArrowUp')
  expect(map.take()).toBe(0)
  map.release('ArrowLeft')
  map.press('ArrowUp')
  map.press('ArrowRight')
  expect(map.take()).toBe(5)
})

test('a tap that ends before the next step is played once', () => {
  const map = new KeyMap(6, KEYS)
  map.press('ArrowRight')
  map.release('ArrowRight')
  expect([map.take(), map.take()]).toEqual([2, 1])
})

test('every action has a label of its keys', () => {
  const map = new KeyMap(6, KEYS)
  expect([0, 1, 2, 3, 4, 5].map(action => map.label(action))).toEqual(['←', 'no key', '→', '', '↑', '→↑'])
})

test('an event without a key, as browsers send while they fill in a form, is none', () => {
  expect(new KeyMap(3, { a: 1 }).name({} as never)).toBeUndefined()
})
