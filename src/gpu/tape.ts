// A Tape records operations, so that their backward passes can be recorded in reverse order into the same Program. The model is
// therefore written once, for play and for training. `registerBackward` gives a Tape the backward pass of each operation
// (kernels/autograd.ts). Play has no Tape and does not load them.

import type { Program } from './program.ts'
import type { Tensor } from './tensor.ts'

/** An operation by name, and, for the type checker alone, what it saves for the backward pass: operands and results. */
export interface Operation<Saved> {
  readonly name: string
  readonly saved?: Saved
}

/** Records the gradients of an operation's operands, given those of its results (`tape.gradient`). */
export type Backward<Saved> = (p: Program, tape: Tape, saved: Saved) => void

/** The type of an operation's backward pass. */
export type BackwardOf<O> = O extends Operation<infer Saved> ? Backward<Saved> : never

export class Tape {
  private readonly backwards = new Map<string, Backward<never>>()
  private readonly records: { name: string; saved: unknown }[] = []
  private readonly gradients = new Map<Tensor, Tensor>()

  registerBackward<Saved>(operation: Operation<Saved>, backward: Backward<Saved>): this {
    this.backwards.set(operation.name, backward as Backward<never>)
    return this
  }

  record<Saved>(operation: Operation<Saved>, saved: Saved): void {
    this.records.push({ name: operation.name, saved })
  }

  /** The gradient that a tensor has accumulated, of its shape; undefined where the loss does not depend on it. */
  gradient(t: Tensor): Tensor | undefined {
    return this.gradients.get(t)
  }

  /** Adds to a tensor's gradient: `add` records the sum of its share and of what is accumulated. */
  accumulateGradient(t: Tensor, add: (accumulated: Tensor | undefined) => Tensor): void {
    this.gradients.set(t, add(this.gradients.get(t)))
  }

  /**
   * Sets the whole gradient of a tensor that only one operation uses, or seeds it for a loss.
   * @throws Error when it has one already
   */
  setGradient(t: Tensor, gradient: Tensor): void {
    if (this.gradients.has(t))
      throw new Error(`${t.label} is used twice, by an operation that cannot accumulate its gradient`)
    this.gradients.set(t, gradient)
  }

  /**
   * Records the backward pass of everything recorded, the last operation first. The losses' gradients are set beforehand.
   * @throws Error when an operation has no backward pass
   */
  backward(p: Program): void {
    // A backward pass may use operations that record themselves. Those records are dropped.
    for (const { name, saved } of this.records.splice(0).reverse()) {
      const backward = this.backwards.get(name)
      if (!backward) throw new Error(`${name} cannot be trained: no backward pass is registered for it`)
      backward(p, this, saved as never)
    }
    this.records.length = 0
  }
}
