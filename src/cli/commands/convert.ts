// `djinn convert`: checkpoints of another project in, a model's directory out. Nothing of a checkpoint is run.
import { mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CheckpointError } from '../../families/checkpoint_error.ts'
import { convertCheckpoints, readSafetensorsCheckpoint } from '../../families/convert.ts'
import { printable } from '../../weights/printable.ts'
import { type ModelCheckpoint, readCheckpoint, readCheckpointFolder } from '../../weights/pytorch/checkpoint.ts'
import { joined } from '../../weights/safetensors.ts'
import { type Command, UsageError } from '../arguments.ts'
import { fileSource } from '../model_files.ts'
import { bytesText } from '../table.ts'
import { writeWhole } from '../whole_file.ts'

const PARTS = ['CHECKPOINT', 'CHECKPOINT 2', 'CHECKPOINT 3']

export const convert: Command = {
  summary:
    "Makes a model's directory of another project's checkpoints: tokenizer, action model and dynamics, in any order, or one file of all.",
  usage: [
    'convert FILE.pth FILE.pth FILE.pth --out DIR',
    'convert CHECKPOINT_DIR CHECKPOINT_DIR CHECKPOINT_DIR --out DIR',
    'convert FILE.safetensors --out DIR',
  ],
  positionals: PARTS,
  options: { out: { value: 'DIR', help: 'the directory to write' } },
  async run(args) {
    const out = args.text('out')
    if (out === undefined) throw new UsageError('--out is missing: the directory to write')
    const checkpoints = [await checkpointAt(args.positional(PARTS[0]!))]
    for (const part of PARTS.slice(1).flatMap(name => args.optional(name) ?? []))
      checkpoints.push(await checkpointAt(part))
    const files = await converted(checkpoints, basename(out))
    await mkdir(out, { recursive: true })
    for (const [name, pieces] of Object.entries(files)) await writeWhole(join(out, name), joined(pieces))
    const sizes = Object.entries(files).map(
      ([name, pieces]) => `${name} ${bytesText(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0))}`,
    )
    console.log(`${out}: ${sizes.join(', ')}`)
  },
}

async function checkpointAt(path: string): Promise<ModelCheckpoint> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory()
  if (!isFolder && path.endsWith('.safetensors')) return readSafetensorsCheckpoint(await fileSource(path))
  if (!isFolder) return readCheckpoint(await fileSource(path))
  const state = join(path, 'state.pt')
  const hasState = await stat(state).catch(() => undefined)
  const model = await fileSource(join(path, 'model_state_dict.pt'))
  return readCheckpointFolder(path, model, hasState && (await fileSource(state)))
}

/** Prints every tensor that does not fit, or every tensor of a checkpoint that is of no known family. */
async function converted(checkpoints: ModelCheckpoint[], name: string) {
  try {
    return await convertCheckpoints(checkpoints, name, sentence => console.log(`! ${sentence}`))
  } catch (error) {
    if (error instanceof CheckpointError) for (const line of error.lines) console.error(printable(line, 500))
    throw error
  }
}
