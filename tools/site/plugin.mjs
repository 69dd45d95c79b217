// Makes the pages a site that can be published: pictures and words for link previews, icons, a manifest, the documentation, a
// sitemap. Two optional settings of the environment: DJINN_SITE, the address it will have (link previews and the sitemap want whole
// addresses), and DJINN_SOURCE, the address of the repository.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import sharp from 'sharp'
import { docsSite } from './docs_pages.mjs'

const PAPER = 'https://arxiv.org/abs/2402.15391'
const PREVIEW = 'preview.png'
const ICONS = [192, 512]
/** The model and the bundle that the benchmark's page validates. */
const VALIDATED = [
  'config.json',
  'tokenizer.safetensors',
  'latent_action.safetensors',
  'dynamics.safetensors',
  'reference.safetensors',
].map(file => `test/golden/tiny/${file}`)

/**
 * @param {string} root the repository
 * @param {{ site?: string, source?: string }} addresses
 * @returns {import('vite').Plugin}
 */
export function sitePlugin(root, { site, source } = {}) {
  const base = site?.replace(/\/*$/, '/')
  let out = ''
  return {
    name: 'djinn:site',
    apply: 'build',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir)
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html, { path }) => withHead(html, path.replace(/^\//, ''), base, source),
    },
    async closeBundle() {
      /** @param {string} path @param {string | Uint8Array} data */
      const write = async (path, data) => {
        await mkdir(dirname(join(out, path)), { recursive: true })
        await writeFile(join(out, path), data)
      }
      const docs = docsSite(root, source)
      for (const [path, data] of docs)
        await write(path, typeof data === 'string' ? withHead(data, path, base, source) : data)
      for (const file of VALIDATED) await cp(join(root, file), join(out, file))
      await write('LICENSE.txt', await readFile(join(root, 'LICENSE')))
      const index = await readFile(join(root, 'index.html'), 'utf8')
      const [, svg] = /rel="icon" href="data:image\/svg\+xml,([^"]*)"/.exec(index) ?? []
      const icon = Buffer.from(decodeURIComponent(String(svg)))
      for (const size of ICONS)
        await write(
          `icon-${size}.png`,
          await sharp(icon, { density: 72 * (size / 16) })
            .resize(size, size, { kernel: 'nearest' })
            .png()
            .toBuffer(),
        )
      await write(PREVIEW, await preview(root))
      await write('site.webmanifest', JSON.stringify(manifest(), undefined, 2))
      if (!base) return
      const pages = [...PAGES, ...[...docs.keys()].filter(path => path.endsWith('.html'))]
      const urls = pages.map(path => `  <url><loc>${base}${path}</loc></url>`)
      await write(
        'sitemap.xml',
        `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${urls.join('\n')}\n</urlset>\n`,
      )
      await write('robots.txt', `User-agent: *\nAllow: /\nSitemap: ${base}sitemap.xml\n`)
    },
  }
}

/** Pages that are built from HTML. */
export const PAGES = [
  'index.html',
  'train.html',
  'bench/index.html',
  'examples/index.html',
  ...['plain', 'react', 'sprite', 'three', 'phaser', 'worker'].map(name => `examples/${name}/index.html`),
]

/** @param {string} html @param {string} path @param {string | undefined} base @param {string | undefined} source */
function withHead(html, path, base, source) {
  const up = relative(dirname(path), '.').replaceAll('\\', '/')
  const root = up ? `${up}/` : './'
  const [, title = 'Djinn'] = /<title>(.*?)<\/title>/.exec(html) ?? []
  const [, description = 'Playable world models on WebGPU, in a browser tab.'] =
    /<meta name="description" content="([^"]*)"/.exec(html) ?? []
  const at = base ?? root
  const head = [
    ...(html.includes('name="description"') ? [] : [`<meta name="description" content="${description}" />`]),
    `<meta property="og:type" content="website" />`,
    `<meta property="og:site_name" content="Djinn" />`,
    `<meta property="og:title" content="${title}" />`,
    `<meta property="og:description" content="${description}" />`,
    `<meta property="og:image" content="${at}${PREVIEW}" />`,
    `<meta property="og:image:width" content="1200" />`,
    `<meta property="og:image:height" content="630" />`,
    `<meta property="og:image:alt" content="Frames of a generated world" />`,
    ...(base
      ? [`<meta property="og:url" content="${base}${path}" />`, `<link rel="canonical" href="${base}${path}" />`]
      : []),
    `<meta name="twitter:card" content="summary_large_image" />`,
    `<meta name="twitter:title" content="${title}" />`,
    `<meta name="twitter:description" content="${description}" />`,
    `<meta name="twitter:image" content="${at}${PREVIEW}" />`,
    `<link rel="manifest" href="${root}site.webmanifest" />`,
    `<link rel="apple-touch-icon" href="${root}icon-192.png" />`,
    `<link rel="license" href="${root}LICENSE.txt" />`,
  ]
  const links = [
    `<a href="${root}examples/index.html">Examples</a>`,
    `<a href="${root}bench/index.html">Benchmark</a>`,
    `<a href="${root}README.html">Documentation</a>`,
    ...(source ? [`<a href="${source}">Source</a>`] : []),
    `<a href="${PAPER}">Paper</a>`,
    `<a href="${root}LICENSE.txt">Licence (MIT)</a>`,
  ]
  return html
    .replace('<link rel="icon" href="data:," />', `<link rel="icon" href="${root}icon-192.png" />`)
    .replace('</head>', `  ${head.join('\n    ')}\n  </head>`)
    .replace('<!-- links of the site -->', `<p class="line">${links.join(' · ')}</p>`)
}

const manifest = () => ({
  name: 'Djinn: playable world models',
  short_name: 'Djinn',
  start_url: './index.html',
  scope: './',
  display: 'standalone',
  background_color: '#0f0d18',
  theme_color: '#0f0d18',
  icons: ICONS.map(size => ({ src: `icon-${size}.png`, sizes: `${size}x${size}`, type: 'image/png' })),
})

/** 1200×630: two pictures that the shipped world has generated, side by side. @param {string} root */
async function preview(root) {
  const film = join(root, 'docs/play.gif')
  const { pages = 1 } = await sharp(film, { animated: true }).metadata()
  const side = 560
  const frames = await Promise.all(
    [0, Math.floor(pages / 2)].map(page =>
      sharp(film, { page }).resize(side, side, { kernel: 'nearest', fit: 'contain' }).png().toBuffer(),
    ),
  )
  const background = sharp({ create: { width: 1200, height: 630, channels: 3, background: '#0f0d18' } })
  return background
    .composite(frames.map((input, i) => ({ input, left: 27 + i * (side + 27), top: 35 })))
    .png({ palette: true })
    .toBuffer()
}
