// Shows each example's source below its picture.

const sources = import.meta.glob<string>(['./*/main.ts', './react/playable_world.tsx', './plain/index.html'], {
  query: '?raw',
  import: 'default',
})

for (const article of document.querySelectorAll<HTMLElement>('article')) {
  const path = article.dataset.source!
  const details = document.createElement('details')
  const summary = document.createElement('summary')
  summary.textContent = `Source: ${path}`
  const text = document.createElement('pre')
  // Focusable, so that the keyboard can scroll it.
  text.tabIndex = 0
  text.ariaLabel = path
  details.append(summary, text)
  details.addEventListener(
    'toggle',
    async () => {
      text.textContent = await sources[`./${path}`]!()
    },
    { once: true },
  )
  article.append(details)
}
