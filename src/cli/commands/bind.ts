// `djinn bind`: finds which latent action each key of the keyboard is, from labelled clips or by playing every action, and writes it into
// config.json.

import { join } from 'node:path'
import { bindKeys, type KeyEvidence } from '../../../arcade/evaluation/key_binding.ts'
import { checkTrainable } from '../../families/families.ts'
import type { Command } from '../arguments.ts'
import { bindByPlay } from '../bind_by_play.ts'
import { openClips } from '../clip_reader.ts'
import { writeKeys } from '../config_keys.ts'
import { percent } from '../evaluation_table.ts'
import { readConfig } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { table } from '../table.ts'
import { inferActions } from './actions.ts'

const CLIPS = 60

export const bind: Command = {
  summary:
    'Finds which latent action each key is, and writes it into config.json: from labelled clips of the arcade, else by playing every action.',
  usage: ['bind MODEL_DIR [CLIP.safetensors] [--clips N]'],
  positionals: ['MODEL_DIR', 'CLIP.safetensors'],
  options: {
    clips: { value: 'N', help: `the most labelled clips that are used (${CLIPS})` },
    precision: precisionOption,
  },
  async run(args) {
    const directory = args.positional('MODEL_DIR')
    // `djinn learn` leaves the clips beside the world.
    const path = args.optional('CLIP.safetensors') ?? join(directory, 'clips.safetensors')
    const wanted = args.integer('clips', CLIPS, 1, 1_000_000)
    const precision = precisionOf(args)
    const config = await readConfig(directory)
    checkTrainable(config, directory)
    const reader = await openClips(path, config)
    const data = await reader.evalClips()
    if (!data.moves || !data.keys) {
      await bindByPlay(await openGpu(precision), directory, data)
      return
    }
    const clips = Math.min(wanted, data.clips)
    const codes = await inferActions(await openGpu(precision), config, directory, reader, clips)
    const found = bindKeys(codes, data, config.latent_action.actions)
    const keys = Object.fromEntries(found.flatMap(({ key, action }) => (action === undefined ? [] : [[key, action]])))
    console.log(table(['key', 'latent action', 'agreeing', 'of transitions', 'share', 'of all'], found.map(cells)))
    if (Object.keys(keys).length === 0)
      throw new Error(`${path}: no key has a latent action better than chance, config.json stays as it is`)
    const file = await writeKeys(directory, { keys })
    console.log(`${file}: ${Object.keys(keys).length} of ${found.length} keys bound`)
  },
}

function cells({ key, action, transitions, agreeing, overall }: KeyEvidence): string[] {
  return [
    JSON.stringify(key),
    action === undefined
      ? transitions === 0
        ? 'not seen: left out'
        : 'none better than chance: left out'
      : `${action}`,
    `${agreeing}`,
    `${transitions}`,
    transitions === 0 ? '' : percent(agreeing / transitions),
    percent(overall),
  ]
}
