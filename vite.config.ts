// Serves and builds the pages, for play and for training. The shipped worlds lie in weights/ as they are: served from there while
// developing, copied beside the page by a build, and fetched by an address relative to the page in both.
import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'
import { PAGES, sitePlugin } from './tools/site/plugin.mjs'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

function copyWorlds(): Plugin {
  let out = ''
  return {
    name: 'djinn:worlds',
    apply: 'build',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir)
    },
    async closeBundle() {
      await cp(here('weights'), join(out, 'weights'), { recursive: true })
    },
  }
}

export default defineConfig({
  base: './',
  // A missing file must be a 404: the default answers every unknown address with the page.
  appType: 'mpa',
  publicDir: false,
  // In this repository 'djinn' is its sources, not what was last built of them.
  resolve: { conditions: ['djinn-source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    rolldownOptions: { input: PAGES.map(here) },
  },
  worker: { format: 'es' },
  plugins: [copyWorlds(), sitePlugin(here('.'), { site: process.env.DJINN_SITE, source: process.env.DJINN_SOURCE })],
})
