// A Tape is where operations note what they did, so that it can be walked in reverse: every note records the backward
// dispatches of its operation into the same Program. The model is therefore written once, for play and for training. An
// operation knows nothing of its own gradient: a Tape is taught the backward of each (kernels/autograd.ts), so that play,
// which has no Tape, does not even load them.

import type { Program } from './program.ts'
import type { Tensor } from './tensor.ts'

/** An operation by name, and (for the type checker alone) what it notes: its operands and what it made of them. */
export interface Operation<Note> {
  readonly name: string
  readonly saved?: Note
}

/** Records the gradients of an operation's operands from those of what it made, which `tape.gradient` gives. */
export type Backward<Note> = (p: Program, tape: Tape, note: Note) => void

/** The backward of an operation, by the operation. */
export type BackwardOf<O> = O extends Operation<infer Note> ? Backward<Note> : never

export class Tape {
  private readonly backwards = new Map<string, Backward<never>>()
  private readonly records: { name: string; record: unknown }[] = []
  private readonly gradients = new Map<Tensor, Tensor>()

  registerBackward<Note>(operation: Operation<Note>, backward: Backward<Note>): this {
    this.backwards.set(operation.name, backward as Backward<never>)
    return this
  }

  record<Note>(operation: Operation<Note>, record: Note): void {
    this.records.push({ name: operation.name, record: record })
  }

  /** The sum of what has reached a tensor so far, of its shape; undefined where the loss does not depend on it. */
  gradient(t: Tensor): Tensor | undefined {
    return this.gradients.get(t)
  }

  /** A further share of a tensor's gradient: `sum` records it, added to what has reached the tensor so far. */
  accumulateGradient(t: Tensor, sum: (soFar: Tensor | undefined) => Tensor): void {
    this.gradients.set(t, sum(this.gradients.get(t)))
  }

  /**
   * The whole of a tensor's gradient, from the one operation that it went into.
   * @throws Error when another has given it a share
   */
  setGradient(t: Tensor, gradient: Tensor): void {
    this.accumulateGradient(t, soFar => {
      if (soFar) throw new Error(`${t.label} goes into two operations, one of which cannot add to its gradient`)
      return gradient
    })
  }

  /**
   * Records the backward of everything noted, the last first. Where a loss is taken, its gradient is put beforehand.
   * @throws Error when an operation has no backward
   */
  backward(p: Program): void {
    // What the backward of one operation borrows from another notes itself too, and is dropped.
    for (const { name, record } of this.records.splice(0).reverse()) {
      const backward = this.backwards.get(name)
      if (!backward) throw new Error(`${name} cannot be trained: it has no backward`)
      backward(p, this, record as never)
    }
    this.records.length = 0
  }
}
