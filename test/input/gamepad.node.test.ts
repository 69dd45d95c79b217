// Gamepads as arrow keys.

import { expect, test } from 'vitest'
import { heldArrows } from '../../src/input/gamepad.ts'

test('stick, directional pad and front buttons hold arrow keys', () => {
  const pressed = (...down: number[]) =>
    Array.from({ length: 17 }, (_, i) => ({ pressed: down.includes(i) }) as GamepadButton)
  expect(heldArrows({ buttons: pressed(), axes: [0.2, -0.3] })).toEqual([])
  expect(heldArrows({ buttons: pressed(2), axes: [-0.8, 0] })).toEqual(['ArrowUp', 'ArrowLeft'])
  expect(heldArrows({ buttons: pressed(15, 13), axes: [] })).toEqual(['ArrowDown', 'ArrowRight'])
})
