// The log of a training run, COMPONENT.jsonl: a line of JSON for every report.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { writeWholeSync } from './whole_file.ts'

/** Written line by line; what a kill leaves of a last line is dropped when the log is opened again. */
export class TrainingLog {
  private constructor(private readonly path: string) {}

  /**
   * Opens the log of a training that resumes after `step`. Later entries, of a run that was killed before its next checkpoint, are
   * dropped, as is a line that was cut off.
   */
  static open(path: string, step: number): TrainingLog {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    const kept = text
      .split('\n')
      .filter(line => stepOf(line) <= step)
      .map(line => `${line}\n`)
      .join('')
    if (kept !== text) writeWholeSync(path, kept)
    return new TrainingLog(path)
  }

  /** On a full disk, lines of the log are lost but training continues; writing the next checkpoint reports the error. */
  append(report: Record<string, unknown>): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(report)}\n`)
    } catch {}
  }
}

/** Infinity for a text that is not a line of a log. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line)
    return typeof step === 'number' ? step : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
