// `npm test`: finds or installs a browser, finds out which adapter it offers, and runs all tests once.
// Arguments go to vitest: `npm test -- test/gpu`, `npm test -- --project node`.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findOrInstallBrowser, givesGpu } from './browser.mjs'

try {
  process.exitCode = await test(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** @param {string[]} args @returns {Promise<number>} vitest's exit code */
async function test(args) {
  const browser = findOrInstallBrowser()
  const adapter = process.env.DJINN_ADAPTER || ((await givesGpu(browser)) ? 'gpu' : 'swiftshader')
  console.log(`Tests run in ${browser} on ${adapter === 'gpu' ? "the machine's GPU" : 'SwiftShader'}.`)
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DJINN_BROWSER: browser, DJINN_ADAPTER: adapter },
  })
  return status ?? 1
}
