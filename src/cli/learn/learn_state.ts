// DIR/learn.json: how far `djinn learn` has come, so that the same command resumes after a stop or a kill.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComponentName } from '../../model/component_names.ts'
import { FormatError } from '../../weights/format_error.ts'
import { writeWhole } from '../whole_file.ts'
import type { Proposal } from './proposal.ts'

export interface LearnState {
  video: string
  proposal: Proposal
  /** The world that it starts from; null: none. Earlier versions did not keep it. */
  from?: string | null
  /** Seconds of all runs so far. */
  seconds: number
  /** Minutes of training of each component, fixed when it begins. */
  minutes: Partial<Record<ComponentName, number>>
  done: ('record' | ComponentName | 'bind' | 'evaluate')[]
}

/** Whether the clips are recorded, so that what they were made with is settled. */
export const isRecorded = ({ done }: LearnState): boolean => done.includes('record')

export class LearnFile {
  readonly path: string
  private began = performance.now()
  private before = 0

  constructor(directory: string) {
    this.path = join(directory, 'learn.json')
  }

  /**
   * What was kept. Before clips are recorded that is only a proposal, which the next run replaces; its time does not count.
   * @throws FormatError when the file is broken
   */
  async read(): Promise<LearnState | undefined> {
    const text = await readFile(this.path, 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    try {
      const state = JSON.parse(text) as LearnState
      if (!Array.isArray(state.done) || !(state.seconds >= 0) || !state.proposal) throw new Error()
      if (isRecorded(state)) this.before = state.seconds
      return state
    } catch {
      throw new FormatError(`${this.path} is not what djinn learn wrote: delete it to start over`)
    }
  }

  /** Seconds of this run and those before. */
  get seconds(): number {
    return this.before + (performance.now() - this.began) / 1000
  }

  async write(state: LearnState): Promise<void> {
    state.seconds = Math.round(this.seconds)
    await writeWhole(this.path, `${JSON.stringify(state, undefined, 2)}\n`)
  }
}
