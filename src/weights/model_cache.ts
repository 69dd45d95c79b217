// Keeps a model's files in the browser (Cache Storage), so that a world loads again without a network. The network is asked first. A
// file is downloaded again only if the server has another version. A download is kept only once the file has proved to be whole.

import { messageOf } from '../gpu/errors.ts'

const CACHE = 'djinn-models'

interface CachedFetch {
  response: Response
  /** Why the cached copy is used in place of the server's answer, if it is. */
  warning?: string
  /** Keeps the download, after the caller has read all of it and found it whole. */
  keep(): Promise<void>
  /** Forgets the download. */
  discard(): Promise<void>
}

const nothing = async () => {}

/**
 * Fetches a file. Without a network, or while the server answers with an error, returns the cached copy if there is one.
 * @throws what `fetch` throws when there is neither
 */
export async function fetchCached(url: URL, signal: AbortSignal | undefined): Promise<CachedFetch> {
  // Cache Storage exists only in secure contexts, and private windows may refuse it.
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined)
  const known = await cache?.match(url)
  let offline: unknown
  // Bypasses the browser's HTTP cache, which keeps a truncated download as valid while the ETag stays the same.
  const response = await fetch(url, { cache: 'no-store', signal: signal ?? null }).catch((error: unknown) => {
    if (!known || signal?.aborted) throw error
    offline = error
    return undefined
  })
  if (known && response && isSame(known, response)) {
    void response.body?.cancel()
    return { response: known, keep: nothing, discard: nothing }
  }
  if (known && (!response?.ok || isPage(response))) {
    void response?.body?.cancel()
    const reason = response
      ? `the server answers with status ${response.status}`
      : `there is no network (${messageOf(offline)})`
    return {
      response: known,
      warning: `${url.href}: ${reason}, so the kept copy is used`,
      keep: nothing,
      discard: nothing,
    }
  }
  if (!cache || !response?.ok || isPage(response)) return { response: response!, keep: nothing, discard: nothing }
  // Under a temporary name until the download is known to be whole. If storage is full, nothing is kept.
  const arriving = `${url.origin}/djinn-arriving/${crypto.randomUUID()}`
  const arrived = cache.put(arriving, response.clone()).catch(() => undefined)
  const discard = async () => {
    await arrived
    await cache.delete(arriving)
  }
  const keep = async () => {
    await arrived
    const copy = await cache.match(arriving)
    if (copy) await cache.put(url, copy).catch(() => undefined)
    await cache.delete(arriving)
  }
  return { response, keep, discard }
}

/** Whether a server answered with a web page: a development server may, with status 200, where a file is missing. */
export function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.includes('text/html') ?? false
}

function isSame(known: Response, response: Response): boolean {
  const of = (name: string) => [known.headers.get(name), response.headers.get(name)]
  const [etag, newEtag] = of('etag')
  if (!response.ok) return false
  if (etag || newEtag) return etag === newEtag
  const [date, newDate] = of('last-modified')
  const [length, newLength] = of('content-length')
  return date != null && date === newDate && length === newLength
}
