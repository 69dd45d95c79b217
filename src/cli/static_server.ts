// A static file server with the headers that worlds and pages need: types, CORS, validators and ranges (the engine resumes broken
// downloads by them), caching, and a Content-Security-Policy that allows nothing from elsewhere.
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.xml': 'application/xml',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.wasm': 'application/wasm',
}

/** What a page may do: run, show and fetch what this server has, and pictures and videos that it makes itself. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self' blob: data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const COMMON = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Content-Length, Content-Range, Accept-Ranges',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** A folder and where it is: `/` or a path with a slash at both ends. The first that matches counts. */
export interface Mount {
  path: string
  folder: string
}

/** A server of these folders. The caller listens and closes. */
export function staticServer(mounts: readonly Mount[]): Server {
  return createServer((request, response) => {
    answer(mounts, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500, COMMON)
      response.end()
    })
  })
}

async function answer(mounts: readonly Mount[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request
  const end = (status: number, more: Record<string, string> = {}) => {
    response.writeHead(status, { ...COMMON, ...more })
    response.end()
  }
  if (method === 'OPTIONS')
    return end(204, {
      'Access-Control-Allow-Methods': 'GET, HEAD',
      'Access-Control-Allow-Headers': 'Range, If-Range, If-None-Match',
      'Access-Control-Max-Age': '86400',
    })
  if (method !== 'GET' && method !== 'HEAD') return end(405, { Allow: 'GET, HEAD, OPTIONS' })
  const [address = '/', query] = (request.url ?? '/').split('?', 2)
  const found = await find(mounts, address)
  if (!found) return end(404)
  if (found === 'folder') {
    // Relative, and without the slashes that would make it another host's.
    return end(301, { Location: `${address.replace(/^.*\//, './')}/${query === undefined ? '' : `?${query}`}` })
  }
  const { path, size, mtimeMs } = found
  const etag = `"${size.toString(36)}-${Math.floor(1000 * mtimeMs).toString(36)}"`
  const type = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream'
  const described = {
    ETag: etag,
    'Last-Modified': new Date(mtimeMs).toUTCString(),
    // Names with a hash never change their content. Everything else is asked for again, and is mostly a 304.
    'Cache-Control': /\/assets\/[^/]*-[\w-]{8}\.\w+$/.test(address)
      ? 'public, max-age=31536000, immutable'
      : 'no-cache',
    'Accept-Ranges': 'bytes',
    ...(type.startsWith('text/html') && { 'Content-Security-Policy': CONTENT_SECURITY_POLICY }),
  }
  if (headers['if-none-match']?.split(/\s*,\s*/).some(tag => tag === '*' || tag.replace(/^W\//, '') === etag))
    return end(304, described)
  const isFresh = headers['if-range'] === undefined || headers['if-range'] === etag
  const range = isFresh ? rangeOf(headers.range, size) : undefined
  if (range === 'unsatisfiable') return end(416, { ...described, 'Content-Range': `bytes */${size}` })
  const [first, last] = range ?? [0, size - 1]
  response.writeHead(range ? 206 : 200, {
    ...COMMON,
    ...described,
    'Content-Type': type,
    'Content-Length': `${last - first + 1}`,
    ...(range && { 'Content-Range': `bytes ${first}-${last}/${size}` }),
  })
  if (method === 'HEAD' || size === 0) return void response.end()
  const file = createReadStream(path, { start: first, end: last })
  file.on('error', () => response.destroy())
  response.on('close', () => file.destroy())
  file.pipe(response)
}

type Found = { path: string; size: number; mtimeMs: number }

/** The file of an address; `folder` where only a slash is missing. Nothing outside the folders and no hidden file is found. */
async function find(mounts: readonly Mount[], address: string): Promise<Found | 'folder' | undefined> {
  let plain: string
  try {
    plain = decodeURIComponent(address)
  } catch {
    return undefined
  }
  if (plain.includes('\0') || plain.split('/').some(part => part.startsWith('.'))) return undefined
  const mount = mounts.find(({ path }) => `${plain}/`.startsWith(path))
  if (!mount) return undefined
  const path = join(mount.folder, plain.slice(mount.path.length))
  try {
    const info = await stat(path)
    if (info.isDirectory() && !address.endsWith('/')) return 'folder'
    const target = await realpath(info.isDirectory() ? join(path, 'index.html') : path)
    if (!target.startsWith((await realpath(mount.folder)) + sep)) return undefined
    const { size, mtimeMs } = await stat(target)
    return { path: target, size, mtimeMs }
  } catch {
    return undefined
  }
}

/** The first and the last byte of a single range; undefined where the whole file is meant, or several ranges. */
function rangeOf(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | undefined {
  const [, begin, end] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (begin === undefined || end === undefined || (begin === '' && end === '')) return undefined
  const first = begin === '' ? Math.max(0, size - Number(end)) : Number(begin)
  const last = begin === '' || end === '' ? size - 1 : Math.min(Number(end), size - 1)
  if (first >= size || (begin === '' && Number(end) === 0)) return 'unsatisfiable'
  return last < first ? undefined : [first, last]
}
