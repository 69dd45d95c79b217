// The package as npm has it, in lib/: modules without dependencies, kernels inlined. useDefineForClassFields in tsconfig.json is off,
// because declarations of class fields without a value would take 1 % of the engine.
import { fileURLToPath } from 'node:url'
import { defineConfig, normalizePath, type Plugin } from 'vite'

/** Without the spaces around operators and after punctuation. A space stays before a sign, since `a - -b` is not `a--b`. */
const compact = (line: string): string =>
  line
    .replace(/(?<=[\w)\]]) ([-+*/%&|^<>=!]+) (?=[\w(])/g, '$1')
    .replace(/([,;:{}]) /g, '$1')
    .replace(/ ([{}(@])/g, '$1')
    .replace(/ ?(=|&&|\|\|) (?=[-!])/g, '$1')

/** Kernels without their comments, indentation and most spaces and line ends: a third of the engine's size would be those. */
function compactKernels(): Plugin {
  return {
    name: 'djinn:kernels',
    enforce: 'post',
    transform(code, id) {
      if (!id.endsWith('.wgsl?raw')) return undefined
      const text: string = JSON.parse(code.slice(code.indexOf('"'), code.lastIndexOf('"') + 1))
      const lines = text.split('\n').map(line => compact(line.replace(/\/\/.*/, '').trim()))
      const joined = lines
        .filter(Boolean)
        .join('\n')
        .replace(/(?<=[;{},(])\n|\n(?=})/g, '')
      return { code: `export default ${JSON.stringify(joined)}`, map: null }
    },
  }
}

const INDEX = normalizePath(fileURLToPath(new URL('src/index.ts', import.meta.url)))
/** What a page loads with the engine: all that src/index.ts imports, and what that imports. */
const engine = new Set<string>()

function findEngine(id: string, get: (id: string) => { importedIds: readonly string[] } | null): void {
  if (engine.has(id)) return
  engine.add(id)
  for (const imported of get(id)?.importedIds ?? []) findEngine(imported, get)
}

export default defineConfig({
  publicDir: false,
  plugins: [compactKernels()],
  build: {
    outDir: 'lib',
    target: 'es2022',
    lib: {
      entry: {
        djinn: 'src/index.ts',
        element: 'src/element/djinn_world.ts',
        worker: 'src/worker/host.ts',
        remote: 'src/worker/remote_world.ts',
      },
      formats: ['es'],
    },
    rolldownOptions: {
      output: {
        chunkFileNames: '[name].js',
        // One file, in which texts that are alike are compressed together.
        codeSplitting: {
          groups: [
            {
              name(id, context) {
                if (engine.size === 0) findEngine(INDEX, id => context.getModuleInfo(id))
                return engine.has(id) ? 'engine' : null
              },
            },
          ],
        },
        postBanner: ({ name }) => (name === 'comlink' ? '/*! comlink, Copyright 2019 Google LLC, Apache-2.0 */' : ''),
      },
    },
  },
})
