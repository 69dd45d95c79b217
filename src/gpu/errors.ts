// Every error that the public API throws, with a code for programs to act on. The message, one sentence, is for people.

/**
 * What went wrong:
 * - `no-webgpu`, `no-adapter`: the browser has no WebGPU, or found no adapter for it.
 * - `unsupported`: the device or adapter lacks a limit, a feature or the precision that was asked for.
 * - `out-of-memory`, `device-lost`: load the model again, or a smaller one.
 * - `gpu`: any other failure of the GPU, such as a kernel that does not compile.
 * - `fetch`: a file could not be fetched. `format`: a file, link or picture is not what it should be.
 * - `argument`: a call's argument or setting is out of range.
 * - `not-ready`: the world has no prompt yet, or is encoding one. `disposed`: the world was disposed of.
 * - `canvas`: the canvas has a context of another kind, or belongs to another Worker.
 * - `worker`: the Worker did not start, or has ended.
 */
export type ErrorCode =
  | 'no-webgpu'
  | 'no-adapter'
  | 'unsupported'
  | 'out-of-memory'
  | 'device-lost'
  | 'gpu'
  | 'fetch'
  | 'format'
  | 'argument'
  | 'not-ready'
  | 'disposed'
  | 'canvas'
  | 'worker'

export class DjinnError extends Error {
  override name = 'DjinnError'

  constructor(
    message: string,
    readonly code: ErrorCode,
  ) {
    super(message)
  }
}

/** WebGPU is missing, too small, out of memory or lost, or the world is not ready. The message says what to do. */
export class GpuError extends DjinnError {
  override name = 'GpuError'

  constructor(message: string, code: ErrorCode = 'gpu') {
    super(message, code)
  }
}

/** An argument or a setting that is out of range. The message has its value and what was expected. */
export class ArgumentError extends DjinnError {
  override name = 'ArgumentError'

  constructor(message: string) {
    super(message, 'argument')
  }
}

/** What a thrown value says, whatever its type. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || 'no reason given' : String(error)
