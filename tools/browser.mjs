// The browser for tests and benchmarks: finds Chrome or Chromium on this machine or installs one, and knows the arguments that
// give it a WebGPU adapter (the machine's GPU, or SwiftShader where there is none).
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

const NAMES_ON_PATH = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome']

/** @type {Partial<Record<NodeJS.Platform, string[]>>} */
const STANDARD_PATHS = {
  darwin: ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'].flatMap(app => [
    join('/Applications', app),
    join(homedir(), 'Applications', app),
  ]),
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter(folder => folder !== undefined)
    .map(folder => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * The path of a Chrome or Chromium on this machine: DJINN_BROWSER, then the PATH, the places where installers put it, and
 * Playwright's own cache. Throws when DJINN_BROWSER names no executable.
 * @returns {string | undefined}
 */
export function findBrowser() {
  const named = process.env.DJINN_BROWSER
  if (named) {
    if (!isExecutable(named)) throw new Error(`DJINN_BROWSER=${named} is not an executable file.`)
    return named
  }
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap(folder => NAMES_ON_PATH.map(name => join(folder, process.platform === 'win32' ? `${name}.exe` : name)))
  return [...onPath, ...(STANDARD_PATHS[process.platform] ?? []), chromium.executablePath()].find(isExecutable)
}

/**
 * Finds a browser or installs one: apt as root on Debian and its kin, else Playwright's own Chromium.
 * @returns {string} the path of its executable
 */
export function findOrInstallBrowser() {
  const found = findBrowser()
  if (found) return found
  const asRoot = process.getuid?.() === 0
  if (asRoot && existsSync('/etc/debian_version')) {
    console.log('No Chrome or Chromium here: installing the package chromium.')
    run('apt-get', ['update'])
    run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'])
  } else {
    console.log("No Chrome or Chromium here: installing Playwright's Chromium.")
    run('npx', ['playwright', 'install', '--no-shell', 'chromium'])
  }
  const installed = findBrowser()
  if (installed) return installed
  throw new Error('No Chrome or Chromium could be installed: install one, or name its executable in DJINN_BROWSER.')
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' })
  if (error) throw new Error(`${command} could not be run: ${error.message}`)
  if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed with exit code ${status}.`)
}

const QUIET = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

// Without the last three arguments SwiftShader computes, but every WebGPU canvas is transparent.
const SWIFTSHADER = [
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
  '--use-vulkan=swiftshader',
]

const HARDWARE =
  process.platform === 'linux'
    ? ['--ignore-gpu-blocklist', '--enable-features=Vulkan', '--use-angle=vulkan']
    : ['--ignore-gpu-blocklist']

/**
 * Launch arguments that give a page a WebGPU adapter.
 * @param {string | undefined} adapter DJINN_ADAPTER: 'swiftshader' or 'gpu'; undefined: the GPU if the machine seems to have one
 */
export function browserArguments(adapter = process.env.DJINN_ADAPTER) {
  const chosen = adapter || (seesGpu() ? 'gpu' : 'swiftshader')
  if (chosen !== 'gpu' && chosen !== 'swiftshader') {
    throw new Error(`DJINN_ADAPTER=${chosen} is unknown: it is 'gpu' or 'swiftshader'.`)
  }
  return [...QUIET, '--enable-unsafe-webgpu', ...(chosen === 'gpu' ? HARDWARE : SWIFTSHADER)]
}

function seesGpu() {
  if (process.platform !== 'linux') return true
  const renderNode = existsSync('/dev/dri') && readdirSync('/dev/dri').some(name => name.startsWith('renderD'))
  return renderNode || existsSync('/dev/nvidia0')
}

/** A loaded machine takes minutes to start a browser. */
const PATIENCE_MS = 600_000

/**
 * Whether pages get the machine's GPU. Where it has no driver, Chromium silently offers its software adapter instead.
 * @param {string} executablePath
 */
export async function givesGpu(executablePath) {
  const browser = await chromium.launch({ executablePath, args: browserArguments('gpu'), timeout: PATIENCE_MS })
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    // WebGPU needs a secure context. localhost is one, and the route answers its requests without a server.
    await page.route('**/*', route => route.fulfill({ contentType: 'text/html', body: '<title>adapter</title>' }))
    await page.goto('http://localhost/')
    return await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter()
      return adapter != null && adapter.info.architecture !== 'swiftshader' && !adapter.info.isFallbackAdapter
    })
  } finally {
    await browser.close()
  }
}
