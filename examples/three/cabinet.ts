// The arcade cabinet: two side panels of one outline, and faces between them from the floor to the sign. In metres. The player stands
// at positive z.

import { float, sin, smoothstep, sRGBTransferEOTF, texture, uv, vec2, vec3 } from 'three/tsl'
import * as THREE from 'three/webgpu'

const WIDTH = 0.66
/** [z, y] along the front, from the floor up. */
const FOOT = [0.3, 0.12] as const
const APRON = [0.3, 0.86] as const
const EDGE = [0.52, 0.94] as const // of the control panel
const LIP = [0.5, 1.0] as const
const SHELF = [0.2, 1.08] as const
const BROW = [0.02, 1.64] as const
const SIGN_LOW = [0.3, 1.73] as const
const SIGN_HIGH = [0.34, 1.95] as const
const SILHOUETTE = [
  [-0.4, 0],
  [0.34, 0],
  [0.34, 0.84],
  [0.56, 0.93],
  [0.54, 1.03],
  [0.27, 1.1],
  [0.12, 1.6],
  [0.36, 1.7],
  [0.4, 2],
  [-0.4, 2],
]

type Point = readonly [z: number, y: number]

/** @param screen the texture on the screen */
export function createCabinet(screen: GPUTexture): { object: THREE.Group; lean: (keys: readonly string[]) => void } {
  const object = new THREE.Group()
  const black = new THREE.MeshStandardMaterial({ color: 0x16141f, roughness: 0.55 })
  const panel = new THREE.MeshStandardMaterial({ color: 0x2a1750, roughness: 0.35, metalness: 0.1 })
  const trim = new THREE.MeshStandardMaterial({ color: 0xff3d81, emissive: 0xff2f78, emissiveIntensity: 0.9 })

  for (const side of [-1, 1]) object.add(sidePanel(side, panel), edgeOf(side, trim))
  object.add(face(FOOT, APRON, WIDTH, artwork()), face(APRON, EDGE, WIDTH, black), face(EDGE, LIP, WIDTH, black))
  object.add(face(LIP, SHELF, WIDTH, black), face(SHELF, BROW, WIDTH, black), face(BROW, SIGN_LOW, WIDTH, black))
  object.add(face(SIGN_LOW, SIGN_HIGH, WIDTH, sign()))
  const back = new THREE.Mesh(new THREE.BoxGeometry(WIDTH, 1.95, 0.02), black)
  back.position.set(0, 1, -0.38)
  object.add(back)

  const tube = face(SHELF, BROW, 0.52, tubeMaterial(screen), 0.03, 0.012)
  const glow = new THREE.PointLight(0x9fb6ff, 0.7, 2.5)
  glow.position.set(0, 1.35, 0.6)
  object.add(tube, glow)

  const stick = joystick()
  object.add(stick, ...buttons())
  const lean = (keys: readonly string[]) => {
    stick.rotation.z = 0.35 * (Number(keys.includes('ArrowLeft')) - Number(keys.includes('ArrowRight')))
    stick.rotation.x = 0.25 - 0.35 * Number(keys.includes('ArrowUp'))
  }
  return { object, lean }
}

/** The screen. A world's texture holds sRGB values, the top row first. three.js computes in linear light, the bottom row first. */
function tubeMaterial(screen: GPUTexture): THREE.Material {
  const picture = new THREE.ExternalTexture(screen)
  picture.magFilter = picture.minFilter = THREE.NearestFilter
  picture.generateMipmaps = false
  const at = vec2(uv().x, uv().y.oneMinus())
  const line = sin(at.y.mul(64 * Math.PI * 2))
    .mul(0.08)
    .add(0.92)
  const border = at.sub(0.5).abs()
  const shade = smoothstep(float(0.5), float(0.47), border.x).mul(smoothstep(float(0.5), float(0.47), border.y))
  const material = new THREE.MeshBasicNodeMaterial()
  material.colorNode = vec3(sRGBTransferEOTF(texture(picture, at).rgb) as THREE.Node<'vec3'>)
    .mul(line)
    .mul(shade)
    .mul(1.6)
  return material
}

/** A flat face across the cabinet from one point of the front to the next, looking at the player. */
function face(low: Point, high: Point, width: number, material: THREE.Material, inset = 0, out = 0): THREE.Mesh {
  const [dz, dy] = [high[0] - low[0], high[1] - low[1]]
  const length = Math.hypot(dz, dy)
  const mesh = new THREE.Mesh(new THREE.PlaneGeometry(width, length - 2 * inset), material)
  mesh.position.set(0, (low[1] + high[1]) / 2 - (out * dz) / length, (low[0] + high[0]) / 2 + (out * dy) / length)
  mesh.rotation.x = Math.atan2(dz, dy)
  return mesh
}

function silhouette(): THREE.Shape {
  return new THREE.Shape(SILHOUETTE.map(([z, y]) => new THREE.Vector2(z, y)))
}

function sidePanel(side: number, material: THREE.Material): THREE.Mesh {
  const mesh = new THREE.Mesh(new THREE.ExtrudeGeometry(silhouette(), { depth: 0.03, bevelEnabled: false }), material)
  mesh.rotation.y = -Math.PI / 2
  mesh.position.x = side * (WIDTH / 2 + 0.015) + 0.015
  return mesh
}

/** A glowing edge along a side panel's front. */
function edgeOf(side: number, material: THREE.Material): THREE.Mesh {
  const points = SILHOUETTE.slice(1, 9).map(([z, y]) => new THREE.Vector3(side * (WIDTH / 2 + 0.016), y, z))
  const path = new THREE.CurvePath<THREE.Vector3>()
  for (const [i, point] of points.slice(1).entries()) path.add(new THREE.LineCurve3(points[i]!, point))
  return new THREE.Mesh(new THREE.TubeGeometry(path, 96, 0.009, 6), material)
}

function joystick(): THREE.Group {
  const stick = new THREE.Group()
  const shaft = new THREE.Mesh(
    new THREE.CylinderGeometry(0.009, 0.009, 0.1),
    new THREE.MeshStandardMaterial({ color: 0xaaaabb, metalness: 1, roughness: 0.25 }),
  )
  shaft.position.y = 0.05
  const ball = new THREE.Mesh(
    new THREE.SphereGeometry(0.028, 24, 16),
    new THREE.MeshStandardMaterial({ color: 0xff2244, roughness: 0.2 }),
  )
  ball.position.y = 0.11
  stick.add(shaft, ball)
  stick.position.set(-0.17, 1.035, 0.37)
  return stick
}

function buttons(): THREE.Mesh[] {
  return [0xffd23c, 0x35d0ff, 0x7dff6a].map((color, i) => {
    const material = new THREE.MeshStandardMaterial({ color, emissive: color, emissiveIntensity: 0.35, roughness: 0.3 })
    const button = new THREE.Mesh(new THREE.CylinderGeometry(0.026, 0.028, 0.024, 24), material)
    button.position.set(0.06 + 0.085 * i, 1.045 + 0.012 * (i % 2), 0.37 - 0.04 * (i % 2))
    button.rotation.x = 0.26
    return button
  })
}

/** A face with a picture drawn on a canvas. `shine` makes it glow. */
function painted(
  width: number,
  height: number,
  shine: number,
  paint: (c: CanvasRenderingContext2D) => void,
): THREE.Material {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  paint(canvas.getContext('2d')!)
  const map = new THREE.CanvasTexture(canvas)
  map.colorSpace = THREE.SRGBColorSpace
  return new THREE.MeshStandardMaterial({
    map,
    emissive: 0xffffff,
    emissiveMap: map,
    emissiveIntensity: shine,
    roughness: 0.5,
  })
}

function sign(): THREE.Material {
  return painted(768, 256, 1.3, c => {
    const sky = c.createLinearGradient(0, 0, 0, 256)
    sky.addColorStop(0, '#170a3a')
    sky.addColorStop(1, '#c2266f')
    c.fillStyle = sky
    c.fillRect(0, 0, 768, 256)
    c.font = 'bold 190px Georgia, serif'
    c.textAlign = 'center'
    c.lineWidth = 14
    c.strokeStyle = '#2a0d4a'
    c.strokeText('DJINN', 384, 196)
    c.fillStyle = '#ffd86b'
    c.fillText('DJINN', 384, 196)
  })
}

function artwork(): THREE.Material {
  return painted(512, 512, 0.25, c => {
    c.fillStyle = '#1b1238'
    c.fillRect(0, 0, 512, 512)
    for (const [i, colour] of ['#ff3d81', '#ff8a3d', '#ffd23c', '#35d0ff'].entries()) {
      c.fillStyle = colour
      c.beginPath()
      c.moveTo(0, 330 - 46 * i)
      c.bezierCurveTo(180, 210 - 46 * i, 300, 520 - 46 * i, 512, 300 - 46 * i)
      c.lineTo(512, 326 - 46 * i)
      c.bezierCurveTo(300, 546 - 46 * i, 180, 236 - 46 * i, 0, 356 - 46 * i)
      c.fill()
    }
  })
}
