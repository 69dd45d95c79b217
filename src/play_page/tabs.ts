// Tabs, as the ARIA practice has them: one is in the tab order, arrow keys, Home and End go from one to the next.

/**
 * Wires the buttons of a `role=tablist`, whose aria-controls name their panels.
 * @param onOpen called with the id of the panel that is open now
 */
export function wireTabs(list: HTMLElement, onOpen: (panel: string) => void): void {
  const tabs = [...list.querySelectorAll<HTMLButtonElement>('[role=tab]')]
  const open = (tab: HTMLButtonElement) => {
    for (const other of tabs) {
      const isOpen = other === tab
      other.setAttribute('aria-selected', String(isOpen))
      other.tabIndex = isOpen ? 0 : -1
      document.getElementById(other.getAttribute('aria-controls')!)!.hidden = !isOpen
    }
    onOpen(tab.getAttribute('aria-controls')!)
  }
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener('click', () => open(tab))
    tab.addEventListener('keydown', event => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key]
      if (to === undefined) return
      event.preventDefault()
      const next = tabs.at(to % tabs.length)!
      open(next)
      next.focus()
    })
  }
  open(tabs[0]!)
}
