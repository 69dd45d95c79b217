// Module hook for Node: `import text from './NAME.wgsl?raw'` gives the file's text, as vite does in the browser.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export async function resolve(specifier, context, next) {
  if (!specifier.endsWith('.wgsl?raw')) return next(specifier, context)
  return { url: new URL(specifier, context.parentURL).href, format: 'wgsl', shortCircuit: true }
}

export async function load(url, context, next) {
  if (!url.endsWith('.wgsl?raw')) return next(url, context)
  const text = await readFile(fileURLToPath(url.replace(/\?raw$/, '')), 'utf8')
  return { format: 'module', source: `export default ${JSON.stringify(text)}`, shortCircuit: true }
}
