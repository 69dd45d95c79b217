// What trying a corrupted file may come to: success, or one of this project's own errors, in few words that are safe to show.

const RAW =
  /(Invalid (array|string|typed array) length|call stack|out of bounds|Offset is|Cannot read prop|is not a function|is not iterable|undefined \(|allocation failed|Unexpected (token|end))/

/** Within `npm run reliability`; `npm test` depends on no clock. A reader that never ends hangs both. */
const MOST_CPU_SECONDS = process.env.DJINN_RELIABILITY ? 1 : Number.POSITIVE_INFINITY

/** Tries something. @returns whether it succeeded. @throws Error saying how it went wrong in a way that it must not */
export async function tryOne(what: string, attempt: () => unknown): Promise<boolean> {
  const before = process.cpuUsage()
  let error: unknown
  try {
    await attempt()
  } catch (caught) {
    error = caught
  }
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  if (seconds > MOST_CPU_SECONDS) throw new Error(`${what} took ${seconds} seconds of CPU`)
  if (error === undefined) return true
  if (!(error instanceof Error)) throw new Error(`${what} throws ${String(error)}`)
  const { name, message } = error
  if (
    !['FormatError', 'GpuError', 'ArgumentError', 'Error', 'RangeError'].includes(name) ||
    message === '' ||
    RAW.test(message)
  )
    throw new Error(`${what} throws a raw ${name}: ${message}`, { cause: error })
  if (message.length > 500) throw new Error(`${what} says ${message.length} characters: ${message.slice(0, 200)}…`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(message))
    throw new Error(`${what} says control characters: ${JSON.stringify(message)}`)
  return false
}
