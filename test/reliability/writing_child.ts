// A process that does nothing but write files, to be killed: a text, a checkpoint with its weights, a file of clips, over and over. It says
// `.` after each round. Arguments: the folder, and the number of the first round.
import { join } from 'node:path'
import { CheckpointFiles } from '../../src/cli/checkpoint_files.ts'
import { ClipWriter } from '../../src/cli/clip_writer.ts'
import { lockFolder } from '../../src/cli/folder_lock.ts'
import { TrainingLog } from '../../src/cli/training_log.ts'
import { writeWhole } from '../../src/cli/whole_file.ts'
import { hostTensor } from '../../src/weights/safetensors.ts'
import { VALUES } from './kills.ts'

const [folder, first] = [process.argv[2]!, Number(process.argv[3])]
const lock = lockFolder(folder, 'training.lock', 'training')
const checkpoints = new CheckpointFiles(folder, 'tokenizer', lock)
const log = TrainingLog.open(join(folder, 'tokenizer.jsonl'), first - 1)
for (let round = first; ; round++) {
  await writeWhole(join(folder, 'text.json'), JSON.stringify(Array(VALUES).fill(round)))
  const values = new Float32Array(VALUES).fill(round)
  const tensors = { weight: hostTensor(values, [VALUES]), 'state.moments': hostTensor(values, [VALUES]) }
  await checkpoints.write(tensors, { step: `${round}`, seconds: '1' })
  log.append({ step: round })
  const clips = await ClipWriter.open(join(folder, 'clips.safetensors'), [2, 64, 64], { round: `${round}` })
  for (let i = 0; i < 3; i++) await clips.append({ frames: new Uint8Array(2 * 64 * 64 * 3).fill(round) })
  await clips.finish()
  process.stdout.write('.')
}
