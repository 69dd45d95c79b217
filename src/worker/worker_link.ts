// The connection to a Worker that runs `djinn/worker`. It learns when the Worker ends, so that no call waits for ever.

import { type Remote, wrap } from 'comlink'
import { GpuError } from '../gpu/errors.ts'
import type { Host } from './host.ts'
import { keepErrorClasses } from './thrown.ts'

const ENDED = 'the Worker has ended: load the world again'

export class WorkerLink {
  readonly host: Remote<Host>
  /** Why the Worker cannot answer any more. */
  fault: GpuError | undefined
  private readonly listeners = new Set<(fault: GpuError) => void>()
  private readonly started: Promise<void>
  private canvases = 0

  private constructor(worker: Worker) {
    keepErrorClasses()
    this.host = wrap<Host>(worker)
    const failed = (event: Event) => {
      const reason = (event as ErrorEvent).message || 'the script is missing, blocked or fails'
      this.end(new GpuError(`the Worker did not start: ${reason}`, 'worker'))
    }
    worker.addEventListener('error', failed)
    const { terminate } = worker
    worker.terminate = () => {
      terminate.call(worker)
      this.end(new GpuError(ENDED, 'worker'))
    }
    this.started = this.call(this.host.hello()).then(lock => {
      // An error from now on need not end the Worker. Its lock is free when it has ended.
      worker.removeEventListener('error', failed)
      if (lock) void navigator.locks.request(lock, () => this.end(new GpuError(ENDED, 'worker')))
    })
    this.started.catch(() => undefined)
  }

  /** The one link to a Worker: comlink closes its connection when the proxy is collected. */
  static async of(worker: Worker): Promise<WorkerLink> {
    const link = links.get(worker) ?? new WorkerLink(worker)
    links.set(worker, link)
    await link.started
    return link
  }

  /** Settles as `work` does, or rejects when the Worker ends first. */
  call<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.onEnd(reject)
      work.then(resolve, reject).finally(stop)
    })
  }

  /** Calls `listener` once when the Worker ends. @returns a function that stops listening */
  onEnd(listener: (fault: GpuError) => void): () => void {
    const { fault } = this
    if (fault) queueMicrotask(() => listener(fault))
    else this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** A number for a canvas that is handed to this Worker. */
  nextCanvas(): number {
    return ++this.canvases
  }

  private end(fault: GpuError): void {
    if (this.fault) return
    this.fault = fault
    for (const listener of [...this.listeners]) listener(fault)
    this.listeners.clear()
  }
}

const links = new WeakMap<Worker, WorkerLink>()
