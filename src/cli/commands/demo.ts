// `djinn demo` (`npm run play`): plays the shipped world from one picture of the arcade under a script of keys.
import { fileURLToPath } from 'node:url'
import { HEIGHT, WIDTH } from '../../../arcade/game/game.ts'
import { STILLS, still } from '../../../arcade/game/stills.ts'
import { World } from '../../world/world.ts'
import type { Command } from '../arguments.ts'
import { dawnOptions } from '../dawn.ts'
import { encodeGif } from '../gif.ts'
import { fitImage } from '../images.ts'
import { directorySource, readConfig } from '../model_files.ts'
import { adapterOrInstall } from '../vulkan_install.ts'
import { writeWhole } from '../whole_file.ts'
import { dream } from './play.ts'

const MODEL = fileURLToPath(new URL('../../../weights/platformer', import.meta.url))
const OUT = 'play.gif'
const FRAMES = 48
/** Keys held together, and for how many frames. */
const SCRIPT: [keys: string[], frames: number][] = [
  [['ArrowRight'], 6],
  [['ArrowRight', 'ArrowUp'], 4],
  [['ArrowRight'], 8],
  [['ArrowLeft'], 6],
  [['ArrowLeft', 'ArrowUp'], 4],
  [['ArrowLeft'], 6],
  [['ArrowUp'], 4],
  [[], 4],
  [['ArrowRight'], 6],
]

export const demo: Command = {
  summary: `Dreams ${FRAMES} frames of the shipped world from one picture of the arcade, and writes them to ${OUT}.`,
  usage: ['demo'],
  positionals: [],
  options: {},
  async run() {
    const config = await readConfig(MODEL)
    const world = await World.load(directorySource(MODEL), {
      ...(await dawnOptions(await adapterOrInstall())),
      seed: 1,
    })
    const rgb = still(STILLS[0])
    const rgba = new Uint8Array(WIDTH * HEIGHT * 4).fill(255)
    for (let i = 0; i < WIDTH * HEIGHT; i++) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
    const prompt = fitImage({ width: WIDTH, height: HEIGHT, data: rgba }, config.frame.width, config.frame.height)
    const start = performance.now()
    const { frames } = await dream(world, [prompt], script(world), false)
    const milliseconds = (performance.now() - start) / FRAMES
    await writeWhole(OUT, encodeGif(frames, config.frame.rate, 6))
    console.log(
      `${OUT}: ${FRAMES} frames dreamed by ${config.name}, ${milliseconds.toFixed(1)} ms each on ${world.gpu.adapterName}, ${world.gpu.precision}`,
    )
  },
}

/** The script as the model's actions; all actions in turn where the model binds no keys. */
function script(world: World): number[] {
  const { actions } = world
  if (!world.config.keys) return Array.from({ length: FRAMES }, (_, i) => Math.floor((i * actions) / FRAMES))
  return SCRIPT.flatMap(([keys, frames]) => Array<number>(frames).fill(world.actionFor(...keys))).slice(0, FRAMES)
}
