// Where a model's files come from: a URL, or anything that can stream them.

import { fetchCached, isPage } from './model_cache.ts'
import { type ByteSource, FormatError } from './safetensors.ts'

/** Opens a file of a model. Rejects with one sentence when the file is missing or cannot be read. */
export type OpenFile = (file: string) => Promise<ByteSource>

/** A model's folder: config.json and the components' safetensors. */
export interface ModelSource {
  name: string
  open: OpenFile
}

/**
 * A model behind an address that `fetch` understands; relative ones are taken from the page. The browser keeps its files, so that
 * it loads again offline.
 */
export function urlSource(address: string | URL, signal?: AbortSignal): ModelSource {
  const base = new URL(String(address).replace(/\/?$/, '/'), globalThis.location?.href)
  return {
    name: base.href,
    async open(file) {
      const url = new URL(file, base)
      const { response, keep: kept } = await fetchCached(url, signal).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw new FormatError(`${url.href} could not be fetched: ${error instanceof Error ? error.message : error}`)
      })
      if (!response.ok || !response.body || isPage(response))
        throw new FormatError(
          `${url.href} could not be fetched: ${response.ok ? 'the server answered with a web page' : `status ${response.status}`}`,
        )
      const length = response.headers.get('content-length')
      const encoded = response.headers.get('content-encoding') !== null
      const source: ByteSource = {
        name: file,
        async *stream() {
          yield* chunks(response.body!)
          await kept
        },
      }
      if (length !== null && !encoded) source.size = Number(length)
      return source
    },
  }
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Stops the download when reading ended early; after a full one it does nothing.
    await reader.cancel().catch(() => {})
  }
}

/** A whole small file as text. */
export async function readText(source: ByteSource): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of source.stream()) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

/** A source that counts what arrives and stops when told to. */
export function withProgress(
  source: ModelSource,
  onProgress: ((loaded: number, total: number | undefined) => void) | undefined,
  signal: AbortSignal | undefined,
): ModelSource {
  let loaded = 0
  let total: number | undefined = 0
  return {
    name: source.name,
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
