// The keys that are down, each with the name that it was pressed as. A key is identified by its `code`, so that it is released even if
// Shift, CapsLock or the layout changes meanwhile.

export class PressedKeys {
  private readonly names = new Map<string, string>() // by code

  /** @returns whether the key was down before */
  press(event: KeyboardEvent, name: string): boolean {
    const isRepeat = this.names.has(codeOf(event))
    this.names.set(codeOf(event), name)
    return isRepeat
  }

  /** @returns the name that is released; undefined where there is none, or another key of this name is still down */
  release(event: KeyboardEvent): string | undefined {
    const name = this.names.get(codeOf(event))
    this.names.delete(codeOf(event))
    return [...this.names.values()].includes(name!) ? undefined : name
  }

  clear(): void {
    this.names.clear()
  }
}

/** On-screen keyboards give no code. */
const codeOf = ({ code, key }: KeyboardEvent) => code || key
