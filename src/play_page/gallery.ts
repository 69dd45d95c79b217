// The wall of pictures to start from, in groups, and the ways to bring one's own: choosing a file, dropping it anywhere on the
// page, pasting it.

import { create } from '../ui/dom.ts'
import { filePicture, type Picture } from './prompts/pictures.ts'

const GROUPS: Record<Picture['kind'], string> = {
  own: 'Yours',
  game: 'The game',
  drawing: 'Drawings',
  photo: 'Painted photographs',
}

export class Gallery {
  private readonly tiles = new Map<Picture, HTMLButtonElement>()
  private readonly groups = new Map<Picture['kind'], HTMLElement>()

  /**
   * @param wall where the groups go
   * @param onPick called with the picture that somebody chose
   */
  constructor(
    wall: HTMLElement,
    private readonly input: HTMLInputElement,
    private readonly onPick: (picture: Picture) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    for (const [kind, name] of Object.entries(GROUPS) as [Picture['kind'], string][]) {
      const tiles = create('div', { className: 'tiles' })
      const group = create(
        'section',
        { className: `group ${kind}`, hidden: true },
        create('h3', { textContent: name }),
        tiles,
      )
      wall.append(group)
      this.groups.set(kind, tiles)
    }
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

  /** Hangs up pictures in place of those of the same kinds. */
  show(pictures: Picture[]): void {
    const kinds = new Set(pictures.map(({ kind }) => kind))
    for (const picture of this.tiles.keys()) if (kinds.has(picture.kind)) this.tiles.delete(picture)
    for (const kind of kinds) {
      const group = this.groups.get(kind)!
      group.parentElement!.hidden = false
      group.replaceChildren(...pictures.filter(picture => picture.kind === kind).map(picture => this.tile(picture)))
    }
  }

  /** Hangs up somebody's own picture, and picks it. */
  bring(picture: Picture): void {
    this.show([picture])
    this.onPick(picture)
  }

  /** Marks the picture that is being dreamed from. */
  mark(chosen: Picture | undefined): void {
    for (const [picture, tile] of this.tiles) tile.setAttribute('aria-pressed', String(picture === chosen))
  }

  private tile(picture: Picture): HTMLButtonElement {
    const tile = create(
      'button',
      { type: 'button', className: 'tile', title: picture.note },
      picture.canvas,
      create('span', { textContent: picture.name }),
    )
    tile.setAttribute('aria-pressed', 'false')
    tile.addEventListener('click', () => this.onPick(picture))
    this.tiles.set(picture, tile)
    return tile
  }

  private async take(files: FileList | null | undefined): Promise<void> {
    const file = files?.[0]
    if (!file) return
    try {
      this.bring(await filePicture(file))
    } catch (error) {
      this.onError(error)
    } finally {
      // So that choosing the same file again is a change again.
      this.input.value = ''
    }
  }
}
