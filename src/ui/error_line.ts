// The line of a page that says what went wrong, or what has just happened.

import { messageOf } from '../gpu/errors.ts'

export class ErrorLine {
  constructor(private readonly element: HTMLElement) {}

  /** @param kind `notice` needs nothing done by the user */
  show(thrown: unknown, kind: 'error' | 'notice' = 'error'): void {
    this.element.textContent = messageOf(thrown)
    this.element.classList.toggle('notice', kind === 'notice')
    this.element.hidden = false
  }

  hide(): void {
    this.element.hidden = true
  }
}
