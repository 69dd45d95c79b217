// DOM helpers: find an element, create an element.

/** @throws Error when the document has no element with this id */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return find<T>(document, `#${id}`)
}

/** The first match below `root`. @throws Error when there is none */
export function find<T extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): T {
  const found = root.querySelector<T>(selector)
  if (!found) throw new Error(`The page has no element ${selector}.`)
  return found
}

/** A new element with properties and children. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

export const prefersReducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Offers a file to the browser as a download. */
export function download(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob)
  create('a', { href, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}
