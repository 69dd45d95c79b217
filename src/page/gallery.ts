// The wall of pictures to start from, and the three ways to bring one's own: choosing a file, dropping it anywhere on
// the page, pasting it.

import { ownPicture, type Picture } from './pictures.ts'

export class Gallery {
  private readonly tiles = new Map<Picture, HTMLButtonElement>()

  /**
   * @param wall where the tiles go
   * @param onPick called with the picture that somebody chose
   */
  constructor(
    private readonly wall: HTMLElement,
    private readonly input: HTMLInputElement,
    private readonly onPick: (picture: Picture) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    input.addEventListener('change', () => this.take(input.files))
    addEventListener('paste', event => this.take(event.clipboardData?.files))
    addEventListener('dragover', event => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      document.body.classList.add('dropping')
    })
    addEventListener('dragleave', event => {
      if (event.relatedTarget === null) document.body.classList.remove('dropping')
    })
    addEventListener('drop', event => {
      document.body.classList.remove('dropping')
      if (!event.dataTransfer?.files.length) return
      event.preventDefault()
      this.take(event.dataTransfer.files)
    })
  }

  /** Hangs up pictures; those of the same kind that hung there before are taken down with `replace`. */
  show(pictures: Picture[], replace?: Picture['kind']): void {
    const old = [...this.tiles].filter(([picture]) => picture.kind === replace)
    const before = old.at(-1)?.[1].nextElementSibling ?? null
    const tiles = pictures.map(picture => this.tile(picture))
    for (const tile of tiles) this.wall.insertBefore(tile, before)
    for (const [picture, tile] of old) {
      tile.remove()
      this.tiles.delete(picture)
    }
  }

  /** Marks the picture that is being dreamed from. */
  mark(chosen: Picture): void {
    for (const [picture, tile] of this.tiles) tile.setAttribute('aria-pressed', String(picture === chosen))
  }

  private tile(picture: Picture): HTMLButtonElement {
    const tile = document.createElement('button')
    tile.type = 'button'
    tile.className = `tile ${picture.kind}`
    tile.title = picture.note
    tile.setAttribute('aria-pressed', 'false')
    const name = document.createElement('span')
    name.textContent = picture.name
    tile.append(picture.canvas, name)
    tile.addEventListener('click', () => this.onPick(picture))
    this.tiles.set(picture, tile)
    return tile
  }

  private async take(files: FileList | null | undefined): Promise<void> {
    const file = files?.[0]
    if (!file) return
    try {
      const picture = await ownPicture(file)
      this.show([picture], 'own')
      this.onPick(picture)
    } catch (error) {
      this.onError(error)
    } finally {
      // So that choosing the same file again is a change again.
      this.input.value = ''
    }
  }
}
