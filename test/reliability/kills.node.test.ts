// Files are written whole or not at all: killed at any instant, what was there stays readable.
import { expect, test } from 'vitest'
import { Pcg } from '../../src/random.ts'
import { scratch } from '../cli/run.ts'
import { budget, PATIENCE, report, SEED } from './budget.ts'
import { killAndCheck } from './kills.ts'

const KILLS = 5

test(
  `${KILLS} kills of a process that writes text, checkpoints, weights and clips: all stay readable, and its lock is taken over`,
  async () => {
    const folder = scratch()
    const random = new Pcg(SEED)
    const goesOn = budget('kills', KILLS)
    let survived = 0
    for (; goesOn(survived); survived++) await killAndCheck(folder, random)
    expect(survived).toBeGreaterThan(0)
    report('kills while files are written', survived, 'every file readable')
  },
  PATIENCE,
)
