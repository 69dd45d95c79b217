// Labels of keys in the page's text, after the user's keyboard layout: the key above S is W on a US keyboard and Z on a French one.

/** A browser's keyboard layout: code → label. Only Chromium has it. */
interface KeyboardLayout {
  getLayoutMap(): Promise<ReadonlyMap<string, string>>
}

/** Labels each `kbd[data-code]` below `root`. Where the browser does not give the layout, a label changes once its key is pressed. */
export function labelKeys(root: HTMLElement): void {
  const label = (code: string, text: string | undefined) => {
    for (const key of root.querySelectorAll<HTMLElement>(`kbd[data-code=${CSS.escape(code)}]`))
      if (text?.length === 1) key.textContent = text.toUpperCase()
  }
  const { keyboard } = navigator as { keyboard?: KeyboardLayout }
  const codes = [...root.querySelectorAll<HTMLElement>('kbd[data-code]')].map(key => key.dataset.code!)
  // A page without the permission keeps the labels of a US keyboard.
  keyboard?.getLayoutMap().then(
    layout => {
      for (const code of codes) label(code, layout.get(code))
    },
    () => undefined,
  )
  addEventListener('keydown', ({ code, key, altKey }) => {
    if (code && !altKey) label(code, key)
  })
}
