// The gallery of pictures to start from, in groups. A user's own picture comes from a file, from a drop anywhere on the page, or from
// the clipboard.

import { create } from '../ui/dom.ts'
import type { PromptPicture } from '../ui/session.ts'
import { type DroppedFile, droppedFiles, isCheckpoint } from './dropped_checkpoints.ts'
import { filePicture, type Picture } from './prompts/pictures.ts'

const GROUPS: Record<Picture['kind'], string> = {
  own: 'Yours',
  game: 'The game',
  skin: 'Games of other looks',
  arm: 'A robot arm',
  photo: 'Photographs',
  drawing: 'Drawings',
  landscape: 'Landscapes',
}

export class Gallery {
  private readonly tiles = new Map<Picture, HTMLButtonElement>()
  private readonly groups = new Map<Picture['kind'], HTMLElement>()

  /**
   * @param place where the groups go
   * @param input the file input
   * @param onPick called with the chosen picture
   * @param onCheckpoints called with dropped or chosen files that are checkpoints, not pictures
   */
  constructor(
    place: HTMLElement,
    private readonly input: HTMLInputElement,
    private readonly onPick: (picture: Picture) => void,
    private readonly onError: (error: unknown) => void,
    private readonly onCheckpoints: (files: DroppedFile[]) => void,
  ) {
    for (const [kind, name] of Object.entries(GROUPS) as [Picture['kind'], string][]) {
      const tiles = create('div', { className: 'tiles' })
      const group = create(
        'section',
        { className: `group ${kind}`, hidden: true },
        create('h2', { textContent: name }),
        tiles,
      )
      place.append(group)
      this.groups.set(kind, tiles)
    }
    input.addEventListener('change', () => this.readFiles(input.files))
    addEventListener('paste', event => this.readFiles(event.clipboardData?.files))
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
      droppedFiles(event.dataTransfer).then(files => this.read(files), this.onError)
    })
  }

  /** Replaces the pictures of the same kinds. */
  show(pictures: Picture[]): void {
    const kinds = new Set(pictures.map(({ kind }) => kind))
    for (const picture of this.tiles.keys()) if (kinds.has(picture.kind)) this.tiles.delete(picture)
    for (const kind of kinds) {
      const group = this.groups.get(kind)!
      group.parentElement!.hidden = false
      group.replaceChildren(...pictures.filter(picture => picture.kind === kind).map(picture => this.tile(picture)))
    }
  }

  /** Shows a user's own picture, and picks it. */
  add(picture: Picture): void {
    this.show([picture])
    this.onPick(picture)
  }

  /** Marks the picture that the world started from. */
  mark(chosen: PromptPicture | undefined): void {
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

  private readFiles(files: FileList | null | undefined): Promise<void> {
    return this.read([...(files ?? [])].map(file => ({ file, folder: '' })))
  }

  private async read(files: readonly DroppedFile[]): Promise<void> {
    const [first] = files
    if (!first) return
    try {
      if (files.some(isCheckpoint)) this.onCheckpoints([...files])
      else this.add(await filePicture(first.file))
    } catch (error) {
      this.onError(error)
    } finally {
      // Choosing the same file again must fire a change event again.
      this.input.value = ''
    }
  }
}
