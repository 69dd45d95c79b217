// Photographs to start from. photos/README.md says where they come from.

import type { Picture } from './pictures.ts'

const FILES = import.meta.glob<string>('./photos/*.jpg', { query: '?url', import: 'default', eager: true })
const PHOTOS = [
  { file: 'cat', name: 'Cat', by: 'Stefan van der Walt, CC0' },
  { file: 'coffee', name: 'Coffee', by: 'Rachel Michetti, CC0' },
  { file: 'rocket', name: 'Rocket', by: 'SpaceX, public domain' },
]

export const photographs = (): Promise<Picture[]> =>
  Promise.all(
    PHOTOS.map(async ({ file, name, by }): Promise<Picture> => {
      const image = new Image()
      image.src = FILES[`./photos/${file}.jpg`]!
      await image.decode()
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: image.width, height: image.height })
      canvas.getContext('2d')!.drawImage(image, 0, 0)
      return { name, kind: 'photo', note: `A photograph by ${by}`, canvas }
    }),
  )
