// Which latent action keys held together mean, by the table of config.json.
import { expect, test } from 'vitest'
import { actionForKeys } from '../../src/input/key_bindings.ts'

const TABLE = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4, 'ArrowRight+ArrowUp': 5 }

test.each([
  ['no key is rest', [], 1],
  ['one key is itself', ['ArrowLeft'], 0],
  ['two keys are their pair', ['ArrowRight', 'ArrowUp'], 5],
  ['in whatever order', ['ArrowUp', 'ArrowRight'], 5],
  ['the newest counts of a pair without a name', ['ArrowUp', 'ArrowLeft'], 0],
  ['of three the newest pair', ['ArrowLeft', 'ArrowUp', 'ArrowRight'], 5],
  ['a key that means nothing is as if it were not held', ['ArrowRight', 'ArrowUp', 'Shift'], 5],
  ['also before others', ['Shift', 'ArrowLeft'], 0],
  ['a pair can be asked for by its name', ['ArrowRight+ArrowUp'], 5],
  ['nothing that is bound is undefined', ['Shift'], undefined],
  ['and so is what every object has', ['constructor'], undefined],
])('%s', (_, held, action) => {
  expect(actionForKeys(TABLE, held)).toBe(action)
})
