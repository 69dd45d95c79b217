#!/usr/bin/env node
// The command line's door: runs src/cli/main.ts as it stands (tsx strips the types; the hook beside this file
// lets Node import a kernel's .wgsl text the way vite does). The npm package is the engine for browsers and has no sources.
import { existsSync } from 'node:fs'
import { register } from 'node:module'

if (!existsSync(new URL('../src/cli/main.ts', import.meta.url))) {
  console.error('djinn: the command line runs in a clone of the repository; this package is the engine for web pages.')
  process.exit(1)
}
const { register: registerTypeScript } = await import('tsx/esm/api')
registerTypeScript()
register('./wgsl-hooks.mjs', import.meta.url)
await import('../src/cli/main.ts')
