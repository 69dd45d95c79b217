// Latent actions as actions of the real game, by the model's key table.

import { expect, test } from 'vitest'
import { ACTIONS } from '../../arcade/game/physics.ts'
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

test('a latent action with keys is the action of the game for those keys, any other is its idle action', () => {
  const actions = [0, 1, 2, 3, 4, 5, 6].map(latent => ACTIONS[arcadeActionOf(latent, TABLE)])
  expect(actions).toEqual(['left', 'left+jump', 'none', 'jump', 'right', 'right+jump', 'none'])
})
