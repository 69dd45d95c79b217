#!/usr/bin/env node
// The command line's door: runs src/cli/main.ts as it stands (tsx strips the types; the hook beside this file
// lets Node import a kernel's .wgsl text the way vite does).
import { register } from 'node:module'
import { register as registerTypeScript } from 'tsx/esm/api'

registerTypeScript()
register('./wgsl-hooks.mjs', import.meta.url)
await import('../src/cli/main.ts')
