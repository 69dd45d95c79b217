// Two kinds of test: *.node.test.ts run in Node, *.browser.test.ts in a real headless Chromium with a real WebGPU
// adapter. One file at a time and one browser: tests that share a GPU, or the two cores standing in for one, only
// wait for each other.
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { browserArguments, findBrowser } from './tools/browser.mjs'

export default defineConfig({
  appType: 'mpa',
  // Found only while tests run, it would have vite begin anew in their midst.
  optimizeDeps: { include: ['comlink'] },
  test: {
    fileParallelism: false,
    reporters: ['default', './tools/summary_reporter.mjs'],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.node.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: findBrowser(), args: browserArguments() } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
