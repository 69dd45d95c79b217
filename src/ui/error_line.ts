// The line of a page that shows an error or a notice.

import { messageOf } from '../gpu/errors.ts'
import { create } from './dom.ts'

export class ErrorLine {
  constructor(private readonly element: HTMLElement) {}

  /** @param kind `notice` needs nothing done by the user */
  show(thrown: unknown, kind: 'error' | 'notice' = 'error'): void {
    this.element.textContent = messageOf(thrown)
    this.element.classList.toggle('notice', kind === 'notice')
    this.element.hidden = false
  }

  /** Adds a list below the sentence, folded. */
  list(summary: string, lines: readonly string[]): void {
    const text = create('pre', { textContent: lines.join('\n') })
    this.element.append(create('details', {}, create('summary', { textContent: summary }), text))
  }

  hide(): void {
    this.element.hidden = true
  }
}
