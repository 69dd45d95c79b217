// Tabs, after the ARIA authoring practices: the open tab is in the tab order, and arrow keys, Home and End move between tabs.

/**
 * Connects the buttons of a `role=tablist` with the panels that their aria-controls name.
 * @param onOpen called with the id of the open panel
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
