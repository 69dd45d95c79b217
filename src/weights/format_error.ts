// The error of a file.

import { DjinnError, type ErrorCode } from '../gpu/errors.ts'
import { printable } from './printable.ts'

/** A file that is malformed or not the one expected. The message is one sentence of at most 500 characters that names the file. */
export class FormatError extends DjinnError {
  override name = 'FormatError'

  constructor(message: string, code: ErrorCode = 'format') {
    super(printable(message, 500), code)
  }
}
