// `npm start`: serves the play page from the sources and prints its address.
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const server = await createServer({
  root: fileURLToPath(new URL('..', import.meta.url)),
  server: { port: Number(process.env.PORT ?? 5173), strictPort: false },
  clearScreen: false,
  logLevel: 'warn',
})
await server.listen()
const address = server.resolvedUrls?.local[0]
console.log(`The play page is at ${address}`)
console.log('Ctrl+C stops it.')
