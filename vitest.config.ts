// Two kinds of test: *.node.test.ts run in Node, *.browser.test.ts in a real headless Chromium with a real WebGPU
// adapter. One file at a time and one browser: tests that share a GPU, or the two cores standing in for one, only
// wait for each other.
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { browserArguments, findBrowser } from './tools/browser.mjs'

const HANGS = 900_000

export default defineConfig({
  appType: 'mpa',
  // Found only while tests run, it would have vite begin anew in their midst.
  optimizeDeps: { include: ['comlink'] },
  test: {
    fileParallelism: false,
    // Tests wait for events and depend on no clock. These only end a test that hangs: software adapters on a loaded machine take minutes.
    testTimeout: HANGS,
    hookTimeout: HANGS,
    teardownTimeout: HANGS,
    expect: { poll: { timeout: HANGS } },
    reporters: ['default', './tools/summary_reporter.mjs'],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.node.test.ts'],
          environment: 'node',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          sequence: { groupOrder: 1 },
          browser: {
            enabled: true,
            connectTimeout: HANGS,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: findBrowser(), args: browserArguments(), timeout: HANGS },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
