// Keys that are down, and keys tapped since the last frame. A tap between two slow frames is not lost.

export class HeldKeys {
  private down: string[] = [] // the newest last
  private tapped: string[] = []

  press(key: string): void {
    if (!this.down.includes(key)) this.down.push(key)
    if (!this.tapped.includes(key)) this.tapped.push(key)
  }

  release(key: string): void {
    this.down = this.down.filter(other => other !== key)
  }

  releaseAll(): void {
    this.down = []
    this.tapped = []
  }

  /** Whether a key is down. */
  get isHeld(): boolean {
    return this.down.length > 0
  }

  /** The keys for the next frame, the newest last. */
  take(): string[] {
    const keys = [...this.tapped.filter(key => !this.down.includes(key)), ...this.down]
    this.tapped = []
    return keys
  }
}
