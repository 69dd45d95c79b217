// A model's files kept by the browser (Cache Storage), so that a world once played loads again without a network. The network is
// asked first; what it has is fetched whole only where it is another version than the one kept.

const CACHE = 'djinn-models'

/** A file that is arriving, or was kept. */
export interface Fetched {
  response: Response
  /** Settles once it is kept, as far as the browser lets it be. */
  keep: Promise<void>
}

/**
 * Fetches a file, or finds it in the cache where the network has it not.
 * @throws what `fetch` throws when neither has it
 */
export async function fetchCached(url: URL, signal: AbortSignal | undefined): Promise<Fetched> {
  // Not everywhere, and not on pages without a secure context.
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined)
  const known = await cache?.match(url)
  const response = await fetch(url, { signal: signal ?? null }).catch((error: unknown) => {
    if (!known || signal?.aborted) throw error
    return undefined
  })
  if (known && (!response || isSame(known, response))) {
    void response?.body?.cancel()
    return { response: known, keep: Promise.resolve() }
  }
  if (!cache || !response?.ok || isPage(response)) return { response: response!, keep: Promise.resolve() }
  // Where there is no room, or the download is broken off, it is not kept, and that is all.
  const kept = cache.put(url, response.clone()).catch(() => undefined)
  return { response, keep: kept }
}

/** A development server may answer a missing file with its own page and status 200. */
export function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.includes('text/html') ?? false
}

function isSame(known: Response, response: Response): boolean {
  const of = (name: string) => [known.headers.get(name), response.headers.get(name)]
  const [etag, newEtag] = of('etag')
  if (etag || newEtag) return etag === newEtag
  const [date, newDate] = of('last-modified')
  const [length, newLength] = of('content-length')
  return response.ok && date != null && date === newDate && length === newLength
}
