// A generated world on the screen of an arcade cabinet, in a room that three.js draws. Both use one GPUDevice: three.js requests it, the
// world computes on it, and the screen's material samples the world's texture. Nothing comes back to the CPU.

import { World } from 'djinn'
import * as THREE from 'three/webgpu'
import { held, run, showStatus } from '../shared.ts'
import { createCabinet } from './cabinet.ts'
import { createRoom } from './room.ts'

const MODEL = new URL('../../weights/platformer/', document.baseURI)
const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches

void run(async () => {
  const canvas = document.getElementById('room') as HTMLCanvasElement
  const renderer = new THREE.WebGPURenderer({ canvas, antialias: true })
  await renderer.init()
  renderer.toneMapping = THREE.ACESFilmicToneMapping
  const { device } = renderer.backend as unknown as { device: GPUDevice }

  const world = await World.load(MODEL, { device, seed: 3 })
  const picture = await fetch(new URL('prompts/night.png', MODEL))
  await world.prompt(await picture.blob())

  const scene = createRoom()
  const cabinet = createCabinet(world.texture)
  scene.add(cabinet.object)
  const camera = new THREE.PerspectiveCamera(38, 1, 0.1, 30)

  function resize(): void {
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2))
    renderer.setSize(innerWidth, innerHeight)
    camera.aspect = innerWidth / innerHeight
    camera.updateProjectionMatrix()
  }
  addEventListener('resize', resize)
  resize()

  let due = 0
  let isBusy = false // drawing the room; a slow adapter must not fall behind
  let isStale = true // the room shows an older frame
  renderer.setAnimationLoop((now: number) => {
    if (now >= due && world.step(world.actionFor(...held))) {
      due = Math.max(due + 1000 / world.config.frame.rate, now)
      document.body.dataset.frame = String(world.frame)
      isStale = true
    }
    if (isBusy || (isCalm && !isStale)) return
    isStale = false
    isBusy = true
    void world.texture // submits the frame, if there is a new one, before the room that shows it
    cabinet.lean(held)
    const sway = isCalm ? 0 : now / 4000
    camera.position.set(0.75 + 0.25 * Math.sin(sway), 1.72 + 0.04 * Math.sin(1.7 * sway), 2.6)
    camera.lookAt(-0.05, 1.2, 0)
    renderer.render(scene, camera)
    void device.queue.onSubmittedWorkDone().then(() => {
      isBusy = false
    })
  })
  showStatus('Arrow keys play.')
})
