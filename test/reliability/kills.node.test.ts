// Files are written whole or not at all: killed at any instant, what was there stays readable.
import { expect, test } from 'vitest'
import { Random } from '../../src/random.ts'
import { scratch } from '../cli/run.ts'
import { PATIENCE, report, SEED, times } from './budget.ts'
import { killAndCheck } from './kills.ts'

const KILLS = times(5, 20)

test(
  `${KILLS} kills of a process that writes text, checkpoints, weights and clips: all stay readable, and its lock is taken over`,
  async () => {
    const folder = scratch()
    const random = new Random(SEED)
    let survived = 0
    for (; survived < KILLS; survived++) await killAndCheck(folder, random)
    expect(survived).toBe(KILLS)
    report('kills while files are written', survived, 'all files readable')
  },
  PATIENCE,
)
