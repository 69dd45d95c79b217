// The room around the cabinet: a glossy floor, a wall, two neon tubes and a lamp.

import * as THREE from 'three/webgpu'

export function createRoom(): THREE.Scene {
  const scene = new THREE.Scene()
  scene.background = new THREE.Color(0x07060d)
  scene.fog = new THREE.Fog(0x07060d, 3, 9)
  const floor = new THREE.Mesh(
    new THREE.PlaneGeometry(14, 14),
    new THREE.MeshStandardMaterial({ map: tiles(), roughness: 0.32, metalness: 0.25 }),
  )
  floor.rotation.x = -Math.PI / 2
  const wall = new THREE.Mesh(
    new THREE.PlaneGeometry(14, 5),
    new THREE.MeshStandardMaterial({ color: 0x2b2440, roughness: 0.9 }),
  )
  wall.position.set(0, 2.5, -0.9)
  scene.add(floor, wall, new THREE.HemisphereLight(0x8c84c8, 0x140f22, 0.9))
  scene.add(...neon(-0.95, 0xff2f8e), ...neon(1.0, 0x25c8ff))
  const lamp = new THREE.SpotLight(0xffe3c0, 14, 6, 0.6, 0.8)
  lamp.position.set(1.2, 3.4, 2.4)
  lamp.target.position.set(0, 1, 0)
  scene.add(lamp, lamp.target)
  return scene
}

/** A vertical tube on the wall, and its light. */
function neon(x: number, color: number): THREE.Object3D[] {
  const tube = new THREE.Mesh(
    new THREE.CylinderGeometry(0.022, 0.022, 1.9),
    new THREE.MeshBasicMaterial({ color: new THREE.Color(color).multiplyScalar(2) }),
  )
  tube.position.set(x, 1.25, -0.84)
  const light = new THREE.PointLight(color, 5, 5)
  light.position.set(x, 1.25, -0.55)
  return [tube, light]
}

function tiles(): THREE.Texture {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 64
  const c = canvas.getContext('2d')!
  for (let i = 0; i < 4; i++) {
    c.fillStyle = (i + (i >> 1)) % 2 ? '#2c2545' : '#171327'
    c.fillRect(32 * (i % 2), 32 * (i >> 1), 32, 32)
  }
  const map = new THREE.CanvasTexture(canvas)
  map.wrapS = map.wrapT = THREE.RepeatWrapping
  map.repeat.set(14, 14)
  map.colorSpace = THREE.SRGBColorSpace
  map.anisotropy = 4
  return map
}
