// Shared by the examples: the arrow keys that are down, a status line, and a start that says what is missing.

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

/** Writes the status line. */
export function showStatus(text: string): void {
  document.getElementById('help')!.textContent = text
}

/** Runs an example. Without WebGPU, or when it fails, the status line says why, and `body[data-state=failed]` hides the rest. */
export async function run(example: () => Promise<void>): Promise<void> {
  try {
    if (!(await navigator.gpu?.requestAdapter()))
      throw new Error('This example needs WebGPU: open it in Chrome or Edge 123, Safari 26, Firefox 141 or newer.')
    await example()
  } catch (error) {
    document.body.dataset.state = 'failed'
    showStatus(error instanceof Error ? error.message : String(error))
  }
}
