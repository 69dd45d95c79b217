// Sources of a model's files: a URL, or anything that can stream them.

import { messageOf } from '../gpu/errors.ts'
import { FormatError } from './format_error.ts'
import { fetchCached, isPage } from './model_cache.ts'
import { type ByteSource, notTheFile } from './safetensors.ts'

/** Opens a file of a model. Rejects with one sentence when the file is missing or cannot be read. */
export type OpenFile = (file: string) => Promise<ByteSource>

/** A model's folder: config.json and the components' safetensors. */
export interface ModelSource {
  name: string
  open: OpenFile
  /** Called once all files have been read and found whole: downloads may be kept. */
  keep?(): Promise<void>
  /** Called when loading failed: downloads are forgotten. */
  discard?(): Promise<void>
}

/** How often a broken download is resumed, and the milliseconds before the first attempt; each further one waits twice as long. */
const RESUMES = 3
const RESUME_DELAY_MS = 250

/**
 * A model behind an address that `fetch` understands. Relative ones are resolved against the document's base. The address's query is
 * kept for every file. The browser keeps the files, so that the model loads again offline.
 * @param onWarning called when a cached copy is used because the server fails
 * @throws FormatError when the address cannot have files below it
 */
export function urlSource(
  address: string | URL,
  signal?: AbortSignal,
  onWarning: (message: string) => void = message => console.warn(message),
): ModelSource {
  const base = folderOf(address)
  const opened: { keep(): Promise<void>; discard(): Promise<void> }[] = []
  return {
    name: base.href,
    async open(file) {
      const url = new URL(file, base)
      url.search = base.search
      const fetched = await fetchCached(url, signal).catch(async (error: unknown) => {
        signal?.throwIfAborted()
        throw new FormatError(`${url.href} could not be fetched: ${await explain(url, error)}`, 'fetch')
      })
      const { response, warning } = fetched
      if (warning) onWarning(warning)
      if (!response.ok || !response.body || isPage(response)) {
        const reason = response.ok ? 'the server answered with a web page' : `status ${response.status}`
        throw new FormatError(`${url.href} could not be fetched: ${reason}`, 'fetch')
      }
      opened.push(fetched)
      const size = sizeOf(url, response)
      return { name: file, ...(size !== undefined && { size }), stream: () => resumable(url, response, size, signal) }
    },
    async keep() {
      await Promise.all(opened.map(fetched => fetched.keep()))
    },
    async discard() {
      await Promise.all(opened.map(fetched => fetched.discard()))
    },
  }
}

/** The address of a model's folder. @throws FormatError when it cannot have files below it */
export function folderOf(address: string | URL): URL {
  let url: URL
  try {
    url = new URL(String(address), globalThis.document?.baseURI ?? globalThis.location?.href)
  } catch {
    throw new FormatError(`${address} is not an address: expected the URL of a model's folder`, 'argument')
  }
  if (url.protocol === 'blob:' || url.protocol === 'data:')
    throw new FormatError(
      `a ${url.protocol} address has no files below it: expected the URL of a model's folder`,
      'argument',
    )
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** Bytes of the decoded body, if they are known. Across origins a page may not see that the body is compressed. */
function sizeOf(url: URL, { headers }: Response): number | undefined {
  const length = headers.get('content-length')
  const isSameOrigin = url.origin === globalThis.location?.origin
  return isSameOrigin && length !== null && headers.get('content-encoding') === null ? Number(length) : undefined
}

/** `fetch` gives the same error without a network and without CORS headers; an opaque request tells them apart. */
async function explain(url: URL, error: unknown): Promise<string> {
  const message = messageOf(error)
  if (!globalThis.location || url.origin === location.origin) return message
  const isReachable = await fetch(url, { mode: 'no-cors', method: 'HEAD' }).then(
    () => true,
    () => false,
  )
  return isReachable ? `${url.origin} sends no Access-Control-Allow-Origin header for ${location.origin}` : message
}

/** The body. A download that breaks off is resumed where it broke, if the file has not changed meanwhile. */
async function* resumable(
  url: URL,
  first: Response,
  size: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const etag = first.headers.get('etag')
  let received = 0
  let response = first
  let skip = 0 // bytes of this response that an earlier one has brought
  for (let resumes = 0; ; resumes++) {
    try {
      for await (const chunk of chunks(response.body!)) {
        const fresh = chunk.subarray(Math.min(skip, chunk.byteLength))
        skip -= chunk.byteLength - fresh.byteLength
        received += fresh.byteLength
        if (fresh.byteLength > 0) yield fresh
      }
      return
    } catch (error) {
      signal?.throwIfAborted()
      const brokenOff = `${url.href}: the download broke off after ${received}${size === undefined ? '' : ` of ${size}`} bytes (${messageOf(error)})`
      for (;;) {
        if (resumes === RESUMES || !etag) throw new FormatError(brokenOff, 'fetch')
        await new Promise(resolve => setTimeout(resolve, RESUME_DELAY_MS * 2 ** resumes))
        const headers = { range: `bytes=${received}-`, 'if-range': etag }
        const resumed = await fetch(url, { cache: 'no-store', headers, signal: signal ?? null }).catch(() => undefined)
        signal?.throwIfAborted()
        if (resumed?.ok && resumed.headers.get('etag') !== etag)
          throw new FormatError(`${brokenOff}, and the file has changed since`, 'fetch')
        const from = resumed?.ok && resumed.body ? firstByte(resumed, received) : Number.POSITIVE_INFINITY
        if (from <= received) {
          skip = received - from
          response = resumed!
          break
        }
        void resumed?.body?.cancel()
        resumes++
      }
    }
  }
}

/** The byte of the file that a response begins with; the requested one where a page of another origin cannot see it. */
const firstByte = ({ status, headers }: Response, asked: number): number =>
  status === 206 ? Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? asked) : 0

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Stops the download when the caller stops early. After a full one it does nothing.
    await reader.cancel().catch(() => {})
  }
}

const MOST_TEXT_BYTES = 1 << 20

/** A whole small file as text. @throws FormatError when it is longer than any config, a Git LFS pointer or a web page */
export async function readText(source: ByteSource): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of source.stream()) {
    bytes += chunk.byteLength
    if (bytes > MOST_TEXT_BYTES) throw new FormatError(`${source.name} has more than 1 MiB, which no config.json has`)
    text += decoder.decode(chunk, { stream: true })
  }
  text += decoder.decode()
  const other = notTheFile(text)
  if (other) throw new FormatError(`${source.name} is ${other}`)
  return text
}

/** A source that reports progress and stops when `signal` aborts. */
export function withProgress(
  source: ModelSource,
  onProgress: ((loaded: number, total: number | undefined) => void) | undefined,
  signal: AbortSignal | undefined,
): ModelSource {
  let loaded = 0
  let total: number | undefined = 0
  return {
    ...source,
    async open(file) {
      signal?.throwIfAborted()
      const opened = await source.open(file)
      total = total === undefined || opened.size === undefined ? undefined : total + opened.size
      async function* stream() {
        for await (const chunk of opened.stream()) {
          signal?.throwIfAborted()
          loaded += chunk.byteLength
          onProgress?.(loaded, total)
          yield chunk
        }
      }
      return { ...opened, stream }
    },
  }
}
