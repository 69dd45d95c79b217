// What is known of a video before it is read.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { probeVideo } from '../../src/cli/video.ts'
import { scratch } from './run.ts'

const FOLDER = scratch()
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0

/** What ffmpeg writes to a pipe: it cannot go back to the header to enter the duration. */
function piped(name: string, ...options: string[]): string {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=10:duration=7']
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', ...source, ...options, 'pipe:1'], { maxBuffer: 2 ** 26 })
  const path = join(FOLDER, name)
  writeFileSync(path, stdout)
  return path
}

test.runIf(hasFfmpeg)('a video without a duration in its header is as long as its packets say', async () => {
  const facts = { width: 96, height: 64, rate: 10 }
  const webm = piped('recorded.webm', '-c:v', 'libvpx', '-deadline', 'realtime', '-f', 'webm')
  expect(await probeVideo(webm)).toEqual({ ...facts, seconds: expect.closeTo(7, 1) })
  // Its packets are not in the order of their times.
  const mkv = piped('cut.mkv', '-c:v', 'libx264', '-bf', '3', '-f', 'matroska')
  expect(await probeVideo(mkv)).toEqual({ ...facts, seconds: expect.closeTo(7, 1) })
})

test.runIf(hasFfmpeg)('a video whose packets have no times is as long as their number says', async () => {
  const seconds = (await probeVideo(piped('raw.h264', '-c:v', 'libx264', '-r', '25', '-bf', '0', '-f', 'h264'))).seconds
  expect(seconds).toBeCloseTo(7, 1)
})
