// Entry point of index.html.

import { byId } from '../ui/dom.ts'
import { openPlayPage } from './page.ts'

// In an iframe of another page only the world is shown, with a link to this page.
if (self !== top) {
  document.body.classList.add('framed')
  const link = byId<HTMLAnchorElement>('whole-page')
  link.href = location.href
  link.hidden = false
}
void openPlayPage()
