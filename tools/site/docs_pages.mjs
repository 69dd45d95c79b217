// The documentation as pages of the built site: Markdown rendered as it stands. A link to a page of the site leads there, any other
// relative link to the source, if its address is known.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix } from 'node:path'

/** It brings no types. @type {any} */
const MarkdownIt = createRequire(import.meta.url)('markdown-it')
/** @typedef {(tokens: any[], i: number, options: unknown, env: unknown, self: any) => string} Rule */

/** Where a page lies in the site, by its file in the repository: `docs/model.md` → `docs/model.html`. @param {string} file */
const pageOf = file => file.replace(/\.md$/, '.html')

/** @param {string} root @returns {string[]} the Markdown files that become pages */
function docsFiles(root) {
  const docs = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))
  const worlds = readdirSync(join(root, 'weights')).map(name => `weights/${name}/README.md`)
  const all = ['README.md', ...docs.map(name => `docs/${name}`), ...worlds, 'examples/README.md', 'bench/RESULTS.md']
  return all.filter(file => existsSync(join(root, file)))
}

/** Anchors as GitHub makes them. @param {string} title */
const anchorOf = title =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/ /g, '-')

/**
 * One page, without what all pages of the site get.
 * @param {string} root @param {string} file @param {string | undefined} source the repository's address
 * @returns {{ html: string, assets: string[] }} the page, and the pictures that it shows
 */
function docsPage(root, file, source) {
  const pages = new Set(docsFiles(root))
  /** @type {string[]} */
  const assets = []
  /** @param {string} href */
  const resolved = href => posix.normalize(posix.join(dirname(file), href.split('#')[0]))
  const markdown = new MarkdownIt({ html: false, linkify: false })
  /** @param {string} href @returns {string | undefined} */
  const target = href => {
    if (/^(\w+:|#)/.test(href)) return href
    const path = resolved(href)
    if (pages.has(path)) return href.replace(/\.md(?=#|$)/, '.html')
    return source && `${source}/blob/main/${path}`
  }
  /** @type {Record<string, Rule>} */
  const rules = markdown.renderer.rules
  rules.link_open = (tokens, i, options, _, self) => {
    const href = target(String(tokens[i].attrGet('href')))
    if (href === undefined) tokens[i].attrs = []
    else tokens[i].attrSet('href', href)
    return self.renderToken(tokens, i, options)
  }
  rules.image = (tokens, i, options, env, self) => {
    const path = resolved(String(tokens[i].attrGet('src')))
    assets.push(path)
    tokens[i].attrSet('alt', self.renderInlineAsText(tokens[i].children ?? [], options, env))
    return self.renderToken(tokens, i, options)
  }
  rules.heading_open = (tokens, i, options, _, self) => {
    tokens[i].attrSet('id', anchorOf(tokens[i + 1].content.replace(/`/g, '')))
    return self.renderToken(tokens, i, options)
  }
  // Alignment as a class: a style attribute would break a strict Content-Security-Policy.
  for (const rule of ['td_open', 'th_open'])
    rules[rule] = (tokens, i, options, _, self) => {
      const style = tokens[i].attrGet('style')
      tokens[i].attrs = style ? [['class', style.replace('text-align:', '')]] : []
      return self.renderToken(tokens, i, options)
    }
  // An empty heading of a table is a cell.
  for (const [rule, by] of [
    ['th_open', 1],
    ['th_close', -1],
  ]) {
    const render = rules[rule] ?? ((tokens, i, options, _, self) => self.renderToken(tokens, i, options))
    rules[rule] = (tokens, i, ...rest) => {
      if (!tokens[i + Number(by)].content) tokens[i].tag = 'td'
      return render(tokens, i, ...rest)
    }
  }
  // What scrolls can be scrolled by keys.
  rules.table_open = () => '<div class="wide" tabindex="0"><table>\n'
  rules.table_close = () => '</table></div>\n'
  const text = readFileSync(join(root, file), 'utf8')
  const [, title = file] = /^# (.*)$/m.exec(text) ?? []
  const up = '../'.repeat(file.split('/').length - 1)
  const [, first = title] = /^(?!#|!|\s|$|\||-|`|\d)(.*)$/m.exec(text) ?? []
  /** @type {(text: string) => string} */
  const escaped = markdown.utils.escapeHtml
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="description" content="${escaped(first.replace(/\[([^\]]*)\]\([^)]*\)|[`*]/g, '$1').slice(0, 200))}" />
    <title>${escaped(title === 'Djinn' ? title : `Djinn: ${title}`)}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${up}docs/docs.css" />
  </head>
  <body>
    <nav><a href="${up}index.html">Play</a> <a href="${up}README.html">Documentation</a> <a href="${up}examples/index.html">Examples</a></nav>
    <main>${markdown.render(text).replaceAll('<pre>', '<pre tabindex="0">')}</main>
  </body>
</html>
`
  return { html, assets }
}

/** @param {string} root @param {string | undefined} source @returns {Map<string, string | Uint8Array>} files of the site by their paths */
export function docsSite(root, source) {
  /** @type {Map<string, string | Uint8Array>} */
  const files = new Map()
  for (const file of docsFiles(root)) {
    const { html, assets } = docsPage(root, file, source)
    files.set(pageOf(file), html)
    for (const path of assets) files.set(path, readFileSync(join(root, path)))
  }
  return files.set('docs/docs.css', readFileSync(new URL('docs.css', import.meta.url)))
}
