// An evaluation as a text table: every number with its unit and what it was measured on, or why it is missing.
import type { Evaluated } from '../evaluation/evaluate.ts'
import type { Evaluation } from '../evaluation/numbers.ts'
import { table } from './table.ts'

type TableRow = [name: keyof Evaluation, title: string, show: (value: never) => string, of: string]

export function evaluationTable(
  numbers: Evaluated['numbers'],
  reasons: Evaluated['reasons'],
  clips: Evaluated['clips'],
): string {
  const watched = `${clips.watched} clips`
  const played = `${clips.played} clips played with inferred actions`
  const held = `each action held 4 frames from ${clips.held} prompts`
  const parts: Record<string, TableRow[]> = {
    tokenizer: [
      ['psnr', 'PSNR', decibels, watched],
      ['ssim', 'SSIM', ratio, watched],
      ['codesUsed', 'codes used', plain, watched],
      ['perplexity', 'perplexity of the codes', tenths, watched],
      ['playerPsnr', "PSNR in the character's box", decibels, watched],
    ],
    'latent actions': [
      ['actionsUsed', 'actions used', plain, watched],
      ['codeShares', 'share of each action', list(3), watched],
      ['bits', 'entropy of the actions', bits, watched],
      ['gainOverMean', 'prediction: gain over the mean of all actions', decibels, 'of the latent action model itself'],
      ['gainOverCopy', 'prediction: gain over copying the frame', decibels, 'likewise'],
      ['mutualInformation', 'mutual information with the moves', bits, watched],
      [
        'moveAccuracy',
        'best map to the move',
        percent,
        'fitted on 200 transitions, or half of fewer; tested on the others',
      ],
      ['keyAccuracy', 'best map to the key', percent, 'likewise'],
      [
        'jumpRecall',
        'jumps whose first action means jumping',
        percent,
        'more than half of its fitted transitions rise',
      ],
      [
        'actionFidelity',
        'action fidelity',
        percent,
        `${held}: the action inferred from the played frame is the one asked for`,
      ],
      [
        'swapEffect',
        'swap effect',
        ratio,
        `${held}: change by another action / change from frame to frame of the clips`,
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
        'frames with exactly one whole character',
        percent,
        `${clips.rolledOut} roll-outs of 64 frames under keys`,
      ],
      ['motion', 'horizontal motion, by key', byKey, `${held}; pixels per frame, right positive`],
      ['rise', 'rise, by key', byKey, 'likewise; pixels'],
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
export const percent = (value: number) => `${(100 * value).toFixed(1)} %`
const list = (digits: number) => (values: number[]) => values.map(value => value.toFixed(digits)).join(' ')
const byKey = (values: Record<string, number>) =>
  Object.entries(values)
    .map(([key, value]) => `${key === '' ? 'no key' : key === ' ' ? 'space' : key} ${value.toFixed(1)}`)
    .join(', ')
