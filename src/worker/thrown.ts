// Errors of the engine keep their class and code on the way from the Worker to the page. Both sides call keepErrorClasses.

import { type TransferHandler, transferHandlers } from 'comlink'
import { ArgumentError, DjinnError, type ErrorCode, GpuError } from '../gpu/errors.ts'
import { FormatError } from '../weights/format_error.ts'

interface Sent {
  isError: boolean
  value: { name: string; message: string; stack?: string; code?: ErrorCode }
}

const plain = transferHandlers.get('throw')!

const handler: TransferHandler<{ value: unknown }, Sent> = {
  canHandle: (value): value is { value: unknown } => plain.canHandle(value),
  serialize(thrown) {
    const [sent] = plain.serialize(thrown) as [Sent, Transferable[]]
    if (thrown.value instanceof DjinnError) sent.value.code = thrown.value.code
    return [sent, []]
  },
  deserialize(sent) {
    if (sent.isError && sent.value.code) throw restored(sent.value.name, sent.value.message, sent.value.code)
    return plain.deserialize(sent) as never
  },
}

/** Replaces comlink's handler of thrown errors on this side. */
export const keepErrorClasses = () => transferHandlers.set('throw', handler)

function restored(name: string, message: string, code: ErrorCode): DjinnError {
  if (name === 'GpuError') return new GpuError(message, code)
  if (name === 'FormatError') return new FormatError(message, code)
  if (name === 'ArgumentError') return new ArgumentError(message)
  return new DjinnError(message, code)
}
