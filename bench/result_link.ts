// An adapter's file as the fragment of a link: deflated JSON as base64url.

import { type AdapterFile, FORMAT } from '../src/world/adapters.ts'

const NAME = '#adapter='
/** A file has a few KB. Anything longer is refused. */
const MOST_BYTES = 1 << 16

/** @returns the address with the file in its fragment */
export async function linkTo(file: AdapterFile, address: string): Promise<string> {
  const stream = new Blob([JSON.stringify(file)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
  return `${address.replace(/#.*/, '')}${NAME}${text}`
}

/** The file of a link, undefined where it has none. @throws Error when the fragment is no adapter's file */
export async function adapterOfLink(fragment: string): Promise<AdapterFile | undefined> {
  if (!fragment.startsWith(NAME)) return undefined
  try {
    const text = fragment.slice(NAME.length).replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0))
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
    const decoder = new TextDecoder()
    let json = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      json += decoder.decode(value, { stream: true })
      if (json.length > MOST_BYTES) throw new Error('it is too long')
    }
    const file = JSON.parse(json)
    if (file.format !== FORMAT) throw new Error('it is of another format')
    return file
  } catch (error) {
    throw new Error(`this link holds no measured adapter: ${(error as Error).message}`)
  }
}
