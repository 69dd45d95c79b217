// `djinn serve`: a world or a built site over HTTP, with the headers that browsers need.
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, UsageError } from '../arguments.ts'
import { type Mount, staticServer } from '../static_server.ts'

/** The pages that `npm run build` makes. */
const PAGES = fileURLToPath(new URL('../../../dist', import.meta.url))
const PORT = 5180

export const serve: Command = {
  summary:
    'Serves the folder of a world, with the play page around it, or a built site: types, CORS, caching, ranges and a strict Content-Security-Policy.',
  usage: ['serve DIR [--port N] [--host NAME]'],
  positionals: ['DIR'],
  options: {
    port: { value: 'N', help: `the port, ${PORT} unless given; 0 takes a free one` },
    host: { value: 'NAME', help: 'the address to listen on; localhost unless given, 0.0.0.0 is everybody' },
  },
  async run(args) {
    const folder = args.positional('DIR')
    const port = Number(args.text('port') ?? PORT)
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new UsageError(`--port is ${args.text('port')}, expected a whole number of 0 … 65535`)
    const isWorld = existsSync(join(folder, 'config.json'))
    if (!isWorld && !existsSync(join(folder, 'index.html')))
      throw new UsageError(`${folder} has neither the config.json of a world nor the index.html of a site`)
    const hasPages = existsSync(join(PAGES, 'index.html'))
    const mounts: Mount[] = isWorld ? [{ path: '/world/', folder }] : [{ path: '/', folder }]
    if (isWorld && hasPages) mounts.push({ path: '/', folder: PAGES })
    const host = args.text('host') ?? 'localhost'
    const server = staticServer(mounts)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new Error(`port ${port} of ${host} is taken: give another with --port`)
            : new Error(`${host}:${port} cannot be listened on: ${error.message}`),
        ),
      )
      server.listen(port, host, resolve)
    })
    const origin = `http://${host}:${(server.address() as AddressInfo).port}`
    if (!isWorld) console.log(`The site is at ${origin}/`)
    else {
      console.log(`World.load('${origin}/world/') loads the world.`)
      if (hasPages) console.log(`It plays at ${origin}/?model=world/`)
      else console.log('To play it in a browser here, run `npm run build` once, then this command again.')
    }
    console.log('Ctrl+C stops it.')
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        server.closeAllConnections()
        server.close()
      })
    await new Promise(resolve => server.once('close', resolve))
  },
}
