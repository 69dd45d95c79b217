// The config of a world whose video has frames and codes of its own.

import { expect, test } from 'vitest'
import { PATCH } from '../../src/media/video_proposal.ts'
import { type ModelSize, PRESETS, presetConfig } from '../../src/training/presets.ts'

const frame = { width: 96, height: 64, rate: 8 }

test.each(Object.keys(PRESETS) as ModelSize[])('%s takes the frames and codes of a video, and nothing else', size => {
  const { config } = PRESETS[size]
  expect(presetConfig(size, { frame, codes: 77 })).toEqual({
    ...config,
    frame,
    tokenizer: { ...config.tokenizer, codes: 77 },
  })
  expect(presetConfig(size, { frame })).toEqual({ ...config, frame })
  // The proposal counts tokens and patches by it.
  expect(config.tokenizer.patch).toBe(PATCH)
})

test('the preset does not change with a config made of it', () => {
  const made = presetConfig('tiny', { frame, codes: 77 })
  Object.assign(made.dynamics, { width: 1 })
  Object.assign(made, { keys: {} })
  expect(presetConfig('tiny', { frame, codes: 77 })).toMatchObject({ dynamics: { width: 128 } })
  expect(PRESETS.tiny.config).not.toHaveProperty('keys')
})
