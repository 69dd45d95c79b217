// The real game under the keys of a dream: which of its actions a latent one is, by the world's own table.

import { expect, test } from 'vitest'
import { ACTIONS } from '../../arcade/game/physics.ts'
import { heldNames } from '../../src/input/gamepad.ts'
import { arcadeActionOf } from '../../src/play_page/arcade_screen.ts'

const TABLE = {
  '': 2,
  ArrowLeft: 0,
  ArrowRight: 4,
  ArrowUp: 3,
  ' ': 3,
  'ArrowLeft+ArrowUp': 1,
  'ArrowRight+ArrowUp': 5,
}

test('every latent action that has keys is what the game does under them, any other is rest', () => {
  const actions = [0, 1, 2, 3, 4, 5, 6].map(latent => ACTIONS[arcadeActionOf(latent, TABLE)])
  expect(actions).toEqual(['left', 'left+jump', 'none', 'jump', 'right', 'right+jump', 'none'])
})

test('a gamepad holds what its stick, cross and front buttons say', () => {
  const pressed = (...down: number[]) =>
    Array.from({ length: 17 }, (_, i) => ({ pressed: down.includes(i) }) as GamepadButton)
  expect(heldNames({ buttons: pressed(), axes: [0.2, -0.3] })).toEqual([])
  expect(heldNames({ buttons: pressed(2), axes: [-0.8, 0] })).toEqual(['ArrowUp', 'ArrowLeft'])
  expect(heldNames({ buttons: pressed(15, 13), axes: [] })).toEqual(['ArrowDown', 'ArrowRight'])
})
