// `djinn validate`: compares the engine on this machine with a reference bundle (model.md §7).

import type { ComparisonRow } from '../../validation/comparison.ts'
import { validateGradients } from '../../validation/gradients.ts'
import { validate as compare } from '../../validation/validate.ts'
import { SafetensorsReader } from '../../weights/safetensors.ts'
import type { Command } from '../arguments.ts'
import { directorySource, fileSource, readConfig } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { table } from '../table.ts'

export const validate: Command = {
  summary: "Compares the engine's outputs on this machine with those of another implementation, in a reference bundle.",
  usage: ['validate MODEL_DIR BUNDLE.safetensors [--precision f32|f16] [--json]'],
  positionals: ['MODEL_DIR', 'BUNDLE.safetensors'],
  options: {
    precision: {
      ...precisionOption,
      help: 'f32 (as bundles are judged) or f16 (floats within wider bounds, tokens counted)',
    },
    json: { help: 'the table as JSON on standard output' },
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    const path = args.positional('BUNDLE.safetensors')
    const precision = precisionOf(args) ?? 'f32'
    const config = await readConfig(directory)
    const bundle = await fileSource(path)
    const gpu = await openGpu(precision)
    const reader = await SafetensorsReader.open(bundle)
    await reader.close()
    const judge = 'component' in reader.header.metadata ? validateGradients : compare
    const rows = await judge(gpu, config, file => directorySource(directory).open(file), bundle)
    if (args.flag('json')) console.log(JSON.stringify({ adapter: gpu.adapterName, precision, rows }, undefined, 2))
    else
      console.log(
        `${gpu.adapterName}, ${precision}\n${table(['output', 'compared', 'worst', 'mean', 'differing', 'ties', ''], rows.map(cells))}`,
      )
    const failed = rows.filter(row => !row.holds).map(row => row.output)
    if (failed.length > 0) throw new Error(`${path}: ${failed.join(', ')} not reproduced within tolerance`)
  },
}

function cells({ output, count, worst, mean, differing, excused, holds }: ComparisonRow): string[] {
  const error = (x?: number) => x?.toExponential(1) ?? ''
  return [
    output,
    `${count}`,
    error(worst),
    error(mean),
    `${differing ?? ''}`,
    `${excused ?? ''}`,
    holds ? 'holds' : 'FAILS',
  ]
}
