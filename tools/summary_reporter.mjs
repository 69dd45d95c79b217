// The last line of `npm test`: what an adapter or a machine could not run is counted as not tested, never as passed.

/** @implements {import('vitest/reporters').Reporter} */
export default class SummaryReporter {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) for (const test of module.children.allTests()) counts[test.result().state]++
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} not tested here`)
  }
}
