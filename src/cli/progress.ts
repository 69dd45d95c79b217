// A progress bar on the terminal's error stream; where that is a file or a pipe, nothing.
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  advance(count?: number): void
  stop(): void
}

/** A bar of `total` steps; `unit` names them in the plural. */
export function showProgress(label: string, total: number, unit: string): Progress {
  if (!process.stderr.isTTY) return { advance: () => undefined, stop: () => undefined }
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
