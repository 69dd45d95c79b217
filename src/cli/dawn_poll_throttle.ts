// Under Node, Dawn busy-polls pending promises, which occupies a core. On a software adapter that core computes the frames, so this
// thread sleeps 0.2 ms between polls: frames come 1.3 to 1.8 times as fast on two cores.

/** Milliseconds between two polls. */
const POLL_MS = 0.2

/** `GpuOptions.whileWaiting`: while any of its promises is pending, every turn of the event loop sleeps. */
export function throttledPolling(): <T>(work: Promise<T>) => Promise<T> {
  const never = new Int32Array(new SharedArrayBuffer(4))
  let pending = 0
  let isSleeping = false
  const sleep = () => {
    isSleeping = pending > 0
    if (!isSleeping) return
    Atomics.wait(never, 0, 0, POLL_MS)
    setImmediate(sleep)
  }
  const settled = () => {
    pending--
  }
  return work => {
    pending++
    work.then(settled, settled)
    if (!isSleeping) setImmediate(sleep)
    isSleeping = true
    return work
  }
}
