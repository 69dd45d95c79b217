// The worlds that the page offers, as links: the page plays the one in its address.

import { create } from '../ui/dom.ts'
import type { Picture } from './prompts/pictures.ts'

export const FIRST_WORLD = 'weights/platformer/'

const animations = import.meta.glob<string>('../../docs/play.gif', { query: '?url', import: 'default', eager: true })
/** An animation of the first world, from its first picture, written by `npm run play`. Undefined where the documentation is missing. */
export const ANIMATION: string | undefined = Object.values(animations)[0]

/** A world that learned many games, and keeps any picture. */
const FOUNDATION = 'weights/foundation/'

const WORLDS = [
  { address: FIRST_WORLD, name: 'The platform game', about: '' },
  {
    address: FOUNDATION,
    name: 'Any picture',
    about:
      'Not a game yet: it keeps any picture as it is and moves it with the arrow keys. Characters move with the scenery, and nothing new enters at the edge.',
  },
]

/** The world that plays pictures of a kind: of the platform game its own, of all others the foundation world. */
export const worldOf = (kind: Picture['kind']): string => (kind === 'game' ? FIRST_WORLD : FOUNDATION)

/**
 * The world that a chosen picture is played in, and a hint where it is not the picture's.
 * @param address of the world that plays
 * @param isSoftwareAdapter there another world is only named: it may take seconds for a frame
 */
export function worldFor(
  kind: Picture['kind'],
  address: string,
  isSoftwareAdapter: boolean,
): { address: string; hint?: string } {
  const own = worldOf(kind)
  const isShipped = WORLDS.some(world => world.address === address)
  if (!isShipped || own === address) return { address }
  if (!isSoftwareAdapter) return { address: own }
  const { name } = WORLDS.find(world => world.address === own)!
  return { address, hint: `This picture is one for the world “${name}” (slow without a GPU).` }
}

/** The page's address with a world. */
export const linkTo = (address: string): string => (address === FIRST_WORLD ? './' : `?model=${address}`)

/** Fills `place` with a link for each world. @param address of the world that the page plays @param hint another world would be better, and why */
export function showWorlds(place: HTMLElement, address: string, hint?: string): void {
  const links = WORLDS.map(({ address: at, name }) => {
    const link = create('a', {
      className: 'quiet',
      href: linkTo(at),
      textContent: name,
    })
    if (at === address) link.setAttribute('aria-current', 'page')
    return link
  })
  const about = WORLDS.find(world => world.address === address)?.about
  place.replaceChildren(create('nav', { className: 'row', ariaLabel: 'Worlds' }, ...links))
  for (const text of [about, hint]) if (text) place.append(create('p', { textContent: text }))
}
