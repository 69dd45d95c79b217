// A world in a Worker. This page's thread only sends messages, so the rest of the page, here a spinning ring, never waits.

import { RemoteWorld } from 'djinn/remote'
import DjinnWorker from 'djinn/worker?worker'
import { held, run, showStatus } from '../shared.ts'

const MODEL = new URL('../../weights/platformer/', document.baseURI)
const view = document.getElementById('view') as HTMLCanvasElement

void run(async () => {
  const world = await RemoteWorld.load(new DjinnWorker(), MODEL, {
    onProgress: (loaded, total) => showStatus(`Loading ${Math.round((100 * loaded) / (total ?? loaded))} %`),
  })
  const { width, height } = world.config.frame
  Object.assign(view, { width, height })
  await world.prompt(await (await fetch(new URL('prompts/dusk.png', MODEL))).blob())
  world.draw(view)

  let due = 0
  let longest = 0 // milliseconds that this thread spent on the world in one frame
  requestAnimationFrame(tick)

  function tick(now: number): void {
    requestAnimationFrame(tick)
    if (now < due) return
    const start = performance.now()
    if (!world.step(world.actionFor(...held))) return
    world.draw(view)
    longest = Math.max(longest, performance.now() - start)
    due = Math.max(due + 1000 / world.config.frame.rate, now)
    document.body.dataset.frame = String(world.frame)
    showStatus(`Arrow keys play. Frame ${world.frame}. This thread spent at most ${longest.toFixed(1)} ms per frame.`)
  }
})
