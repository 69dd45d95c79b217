// Progress on the terminal, and where there is none.

import { afterEach, expect, test, vi } from 'vitest'
import { progressLines, showProgress } from '../../src/cli/progress.ts'

let now = 0 // seconds
afterEach(() => void vi.restoreAllMocks())

test('a line every three seconds says what is done and what is left; other work begins anew', () => {
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * now)
  const lines: string[] = []
  const tell = progressLines('Looking', { print: line => lines.push(line) })
  for (const [at, share, what] of [
    [2, 0.1],
    [4, 0.2],
    [6, 0.3],
    [8, 0.4],
    [9, 0.1, 'Timing'],
    [19, 0.5, 'Timing'],
  ] as const) {
    now = at
    tell(share, what)
  }
  expect(lines).toEqual([
    'looking: 20 %, about 16 s left',
    'looking: 40 %, about 12 s left',
    'timing: 50 %, about 10 s left',
  ])
})

// The test runner's error stream is no terminal.
test('without a terminal a long wait has a line every half minute, a short one none', () => {
  now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * now)
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const bar = showProgress('playing', 100, 'frames')
  for (; now < 60; now++) bar.advance()
  bar.stop()
  expect(error.mock.calls).toEqual([['playing: 31 %, about 67 s left']])
})
