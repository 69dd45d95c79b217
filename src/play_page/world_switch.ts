// Changes the world that the page plays. A change waits for the one before; of several that are asked for meanwhile, only the last happens.

export class WorldSwitch {
  private wanted: string
  private last: Promise<unknown> = Promise.resolve()

  /**
   * @param address of the world that plays; '' where it has none
   * @param load plays the world at an address instead
   */
  constructor(
    public address: string,
    private readonly load: (address: string) => Promise<void>,
  ) {
    this.wanted = address
  }

  /** The world was replaced by one without an address. */
  forget(): void {
    this.address = this.wanted = ''
  }

  /** The address of the world that plays once all is loaded. */
  get next(): string {
    return this.wanted
  }

  /**
   * @returns whether the world at this address plays now; not where another was asked for meanwhile
   * @throws what `load` throws; the world before is then loaded again
   */
  to(address: string): Promise<boolean> {
    this.wanted = address
    const change = this.last.then(() => this.change(address))
    this.last = change.catch(() => undefined)
    return change
  }

  private async change(address: string): Promise<boolean> {
    if (address !== this.wanted) return false
    if (address === this.address) return true
    try {
      await this.load(address)
      this.address = address
    } catch (error) {
      this.wanted = this.address
      await this.load(this.address)
      throw error
    }
    return address === this.wanted
  }
}
