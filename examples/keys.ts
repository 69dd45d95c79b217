// What the examples share: the arrow keys that are down, and one place to say what goes wrong.

/** Names of the arrow keys that are down, the newest last. */
export const held: string[] = []

addEventListener('keydown', event => {
  if (!event.key.startsWith('Arrow')) return
  event.preventDefault()
  if (!held.includes(event.key)) held.push(event.key)
})
addEventListener('keyup', ({ key }) => {
  if (held.includes(key)) held.splice(held.indexOf(key), 1)
})
addEventListener('blur', () => held.splice(0))

/** Says on the page what is going on, or what went wrong. */
export function say(text: unknown): void {
  document.getElementById('help')!.textContent = text instanceof Error ? text.message : String(text)
}
addEventListener('unhandledrejection', ({ reason }) => say(reason))
