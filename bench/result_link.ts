// Measured results as the fragment of a link, `#adapter=` or `#measured=`: deflated JSON as base64url.

/** JSON that is longer is refused. */
const MOST_BYTES = { adapter: 1 << 16, measured: 1 << 20 }

/** What a link holds: an adapter's file, or a report of a frame and its kernels. */
type Kind = keyof typeof MOST_BYTES

/** Seven digits of a measured number are enough. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value

/** @returns the address with the results in its fragment */
export async function linkTo(kind: Kind, results: object, address: string): Promise<string> {
  const stream = new Blob([JSON.stringify(results, rounded)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  const text = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
  return `${address.replace(/#.*/, '')}#${kind}=${text}`
}

/** What a link's fragment holds; undefined where it is no link of this kind. @throws Error when it is cut off or damaged */
export async function fromLink(kind: Kind, fragment: string): Promise<unknown> {
  const name = `#${kind}=`
  if (!fragment.startsWith(name)) return undefined
  try {
    const text = fragment.slice(name.length).replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0))
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
    const decoder = new TextDecoder()
    let json = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      json += decoder.decode(value, { stream: true })
      if (json.length > MOST_BYTES[kind]) throw new Error('it is too long')
    }
    return JSON.parse(json)
  } catch {
    throw noResults(kind)
  }
}

/** The error of a link whose results cannot be shown. */
export const noResults = (kind: Kind) =>
  new Error(
    `this link holds no measured ${kind === 'adapter' ? 'adapter' : 'results'}: it is cut off or damaged, so ask for it again`,
  )

/** Says whose results a link brought. */
export const sharedText = ({ name, browser, date }: { name: string; browser: string; date: string }) =>
  `From a link, not measured by this page: ${name} on ${date.slice(0, 10)}, ${browser}.`
