// A server of files as they are, for pages of a package that is installed in a folder.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', json: 'application/json' }

/** @param csp a Content-Security-Policy for every answer */
export async function plainServer(folder: string, csp?: string): Promise<{ address: string; close(): void }> {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url!, 'http://x')
    const body = await readFile(join(folder, pathname)).catch(() => undefined)
    response.writeHead(body ? 200 : pathname === '/favicon.ico' ? 204 : 404, {
      'content-type': TYPES[pathname.split('.').at(-1)!] ?? 'application/octet-stream',
      ...(csp && { 'content-security-policy': csp }),
    })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}
