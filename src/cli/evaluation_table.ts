// An evaluation as a table for people: every number with its unit and what it was taken from, or why there is none.
import type { Evaluated } from '../evaluation/evaluate.ts'
import type { Evaluation } from '../evaluation/numbers.ts'
import { table } from './table.ts'

type Row = [name: keyof Evaluation, title: string, show: (value: never) => string, of: string]

export function evaluationTable(
  numbers: Evaluated['numbers'],
  reasons: Evaluated['reasons'],
  clips: Evaluated['clips'],
): string {
  const watched = `${clips.watched} clips watched`
  const played = `${clips.played} clips played with inferred actions`
  const held = `each action held 4 frames from ${clips.held} prompts`
  const parts: Record<string, Row[]> = {
    tokenizer: [
      ['psnr', 'PSNR', decibels, watched],
      ['ssim', 'SSIM', ratio, watched],
      ['codesUsed', 'codes used', plain, watched],
      ['perplexity', 'perplexity of the codes', tenths, watched],
      ['playerPsnr', "PSNR in the player's box", decibels, watched],
    ],
    'latent actions': [
      ['actionsUsed', 'actions used', plain, watched],
      ['mutualInformation', 'mutual information with the moves', bits, watched],
      [
        'moveAccuracy',
        'best map to the move',
        percent,
        'fitted on 200 transitions, or half where they are fewer; tested on the others',
      ],
      ['keyAccuracy', 'best map to the key', percent, 'likewise'],
      [
        'jumpRecall',
        'jumps that start with a code that means jumping',
        percent,
        'of its fitted transitions more than half rise',
      ],
      ['consistency', 'consistency from prompt to prompt', ratio, `${held}: 1 − variance within an action / of all`],
    ],
    dynamics: [
      ['crossEntropy', 'cross-entropy, frame after the prompt wholly masked', nats, watched],
      ['playPsnr', 'PSNR of played frames 1, 2, 3 …', list(1), `${played}, dB`],
      ['playSsim', 'SSIM of played frames 1, 2, 3 …', list(3), played],
      ['delta4', 'Δ₄PSNR against random actions', decibels, played],
      ['delta4Error', 'its standard error', decibels, ''],
      [
        'playerWhole',
        'frames with exactly one whole player',
        percent,
        `${clips.rolledOut} roll-outs of 64 frames under keys`,
      ],
      ['motion', 'how far the player goes, by key', byKey, `${held}; pixels a frame, right positive`],
      ['rise', 'how high he comes, by key', byKey, 'likewise; pixels'],
    ],
  }
  return Object.entries(parts)
    .map(([part, rows]) => {
      const cells = rows.map(([name, title, show, of]) =>
        numbers[name] === null
          ? [title, '–', reasons[name] ?? 'not measured']
          : [title, show(numbers[name] as never), of],
      )
      return table([part, '', ''], cells)
    })
    .join('\n\n')
}

const plain = (value: number) => `${value}`
const tenths = (value: number) => value.toFixed(1)
const decibels = (value: number) => `${value.toFixed(2)} dB`
const ratio = (value: number) => value.toFixed(3)
const bits = (value: number) => `${value.toFixed(2)} bit`
const nats = (value: number) => `${value.toFixed(3)} nats`
const percent = (value: number) => `${(100 * value).toFixed(1)} %`
const list = (digits: number) => (values: number[]) => values.map(value => value.toFixed(digits)).join(' ')
const byKey = (values: Record<string, number>) =>
  Object.entries(values)
    .map(([key, value]) => `${key === '' ? 'no key' : key === ' ' ? 'space' : key} ${value.toFixed(1)}`)
    .join(', ')
