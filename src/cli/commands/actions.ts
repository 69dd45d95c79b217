// `djinn actions`: infers the latent actions of a clip file, one for each transition from frame to frame.
import { checkTrainable } from '../../families/families.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import { ActionInference } from '../../model/action_inference.ts'
import type { Config } from '../../model/config.ts'
import { hostTensor, writeSafetensors } from '../../weights/safetensors.ts'
import type { Command } from '../arguments.ts'
import { type ClipReader, openClips } from '../clip_reader.ts'
import { directorySource, readConfig } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { showProgress } from '../progress.ts'
import { writeWhole } from '../whole_file.ts'

export const actions: Command = {
  summary: 'Infers the latent action of every transition of a clip file.',
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
    checkTrainable(config, directory)
    const reader = await openClips(path, config)
    const found = await inferActions(await openGpu(precision), config, directory, reader, reader.clips)
    const { clips, length } = reader
    await writeWhole(out, Buffer.concat(writeSafetensors({ actions: hostTensor(found, [clips, length - 1]) })))
    console.log(`${out}: ${clips} × ${length - 1} latent actions, ${usage(found, config.latent_action.actions)}`)
  },
}

/** The latent actions that lead through a file's first `clips` clips, [clips · (T − 1)]. */
export async function inferActions(
  gpu: Gpu,
  config: Config,
  directory: string,
  reader: ClipReader,
  clips: number,
): Promise<Int32Array<ArrayBuffer>> {
  const inference = await ActionInference.load(gpu, config, file => directorySource(directory).open(file))
  const { length } = reader
  const found = new Int32Array(clips * (length - 1))
  const progress = showProgress('inferring', clips, 'clips')
  for (let n = 0; n < clips; n++) {
    found.set(await inference.infer(await reader.frames(n, 0, length)), n * (length - 1))
    progress.advance()
  }
  progress.stop()
  await gpu.throwPendingError()
  return found
}

/** How often each action occurs, in per cent. */
function usage(found: Int32Array, count: number): string {
  const times = new Array<number>(count).fill(0)
  for (const action of found) times[action]++
  return times.map((n, action) => `${action}: ${((100 * n) / Math.max(found.length, 1)).toFixed(0)} %`).join(', ')
}
