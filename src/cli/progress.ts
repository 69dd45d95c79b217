// A progress bar on the terminal's error stream; where that is a file or a pipe, a line now and then.
import { Presets, SingleBar } from 'cli-progress'

interface ProgressBar {
  advance(count?: number): void
  stop(): void
}

/** A bar of `total` steps; `unit` names them in the plural. */
export function showProgress(label: string, total: number, unit: string): ProgressBar {
  if (!process.stderr.isTTY) {
    const tell = progressLines(label, { every: PIPED_SECONDS, print: console.error })
    let done = 0
    const advance = (count = 1) => {
      done += count
      tell(done / total)
    }
    return { advance, stop: () => undefined }
  }
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total} ${unit}, {eta_formatted} to go`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  )
  bar.start(total, 0)
  return { advance: (count = 1) => bar.increment(count), stop: () => bar.stop() }
}

/** `45 s`, `12.0 min`. */
export const duration = (seconds: number): string =>
  seconds < 100 ? `${Math.max(0, Math.round(seconds))} s` : `${(seconds / 60).toFixed(1)} min`

/** Between two lines, where somebody watches, and where nobody may. */
const [LINE_SECONDS, PIPED_SECONDS] = [3, 30]

/** @returns a function that is called with the share that is done (of `label`, or of other work) and prints a line every few seconds */
export function progressLines(
  label: string,
  { every = LINE_SECONDS, print = console.log }: { every?: number; print?: (line: string) => void } = {},
): (share: number, what?: string) => void {
  let began = performance.now()
  let told = began
  let work = label
  return (share, what = label) => {
    const now = performance.now()
    if (what !== work) {
      work = what
      began = told = now
    }
    if (now - told < 1000 * every || share <= 0) return
    told = now
    const left = (((now - began) / 1000) * (1 - share)) / share
    print(`${work.toLowerCase()}: ${Math.round(100 * Math.min(share, 1))} %, about ${duration(left)} left`)
  }
}
