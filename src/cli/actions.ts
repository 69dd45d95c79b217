// `djinn actions`: names what happened in a recording, as the latent actions that lead from frame to frame.
import { writeFile } from 'node:fs/promises'
import { ActionReader } from '../model/infer_actions.ts'
import { FormatError, hostTensor, writeSafetensors } from '../weights/safetensors.ts'
import { ClipReader } from './clip_reader.ts'
import type { Command } from './command.ts'
import { openGpu, precisionOf, precisionOption } from './engine.ts'
import { directorySource, readConfig } from './model_files.ts'
import { showProgress } from './progress.ts'

export const actions: Command = {
  summary: 'Infers the latent actions that lead from frame to frame of a clip file.',
  usage: ['actions MODEL_DIR CLIP.safetensors --out ACTIONS.safetensors'],
  positionals: ['MODEL_DIR', 'CLIP.safetensors'],
  options: {
    precision: precisionOption,
    out: {
      value: 'FILE',
      help: '.safetensors: actions i32 [clips, T − 1], which `djinn play --actions` takes one clip of',
    },
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    const path = args.positional('CLIP.safetensors')
    const out = args.output('out', ['.safetensors'])
    const precision = precisionOf(args)
    const config = await readConfig(directory)
    const { height, width } = config.frame
    const reader = await ClipReader.open(path)
    if (reader.height !== height || reader.width !== width)
      throw new FormatError(`${path}: frames are ${reader.height}×${reader.width}, this model's are ${height}×${width}`)
    const gpu = await openGpu(precision)
    const inference = await ActionReader.load(gpu, config, file => directorySource(directory).open(file))
    const { clips, length } = reader
    const found = new Int32Array(clips * (length - 1))
    const progress = showProgress('inferring', clips, 'clips')
    for (let n = 0; n < clips; n++) {
      found.set(await inference.read(await reader.frames(n, 0, length)), n * (length - 1))
      progress.advance()
    }
    progress.stop()
    await writeFile(out, Buffer.concat(writeSafetensors({ actions: hostTensor(found, [clips, length - 1]) })))
    console.log(`${out}: ${clips} × ${length - 1} latent actions, ${usage(found, config.latent_action.actions)}`)
  },
}

/** How often each action occurs, in per cent. */
function usage(found: Int32Array, count: number): string {
  const times = new Array<number>(count).fill(0)
  for (const action of found) times[action]++
  return times.map((n, action) => `${action}: ${((100 * n) / Math.max(found.length, 1)).toFixed(0)} %`).join(', ')
}
