// The worlds that the page offers, as links: the page plays the one in its address.

import { create } from '../ui/dom.ts'

export const FIRST_WORLD = 'weights/platformer/'

const animations = import.meta.glob<string>('../../docs/play.gif', { query: '?url', import: 'default', eager: true })
/** An animation of the first world, from its first picture, written by `npm run play`. Undefined where the documentation is missing. */
export const ANIMATION: string | undefined = Object.values(animations)[0]

const WORLDS = [
  { address: FIRST_WORLD, name: 'The platform game', about: '' },
  {
    address: 'weights/foundation/',
    name: 'Any picture',
    about:
      'Not a game yet: it keeps any picture as it is and moves it with the arrow keys. Characters move with the scenery, and nothing new enters at the edge.',
  },
]

/** Fills `place` with a link for each world. @param address of the world that the page plays */
export function showWorlds(place: HTMLElement, address: string): void {
  const links = WORLDS.map(({ address: at, name }) => {
    const link = create('a', {
      className: 'quiet',
      href: at === FIRST_WORLD ? './' : `?model=${at}`,
      textContent: name,
    })
    if (at === address) link.setAttribute('aria-current', 'page')
    return link
  })
  const about = WORLDS.find(world => world.address === address)?.about
  place.replaceChildren(create('nav', { className: 'row', ariaLabel: 'Worlds' }, ...links))
  if (about) place.append(create('p', { textContent: about }))
}
