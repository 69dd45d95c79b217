// A Vulkan driver for a Debian machine that has none: lavapipe of Mesa 25, from backports where the release is older,
// or else the SwiftShader that Chromium brings.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GpuError } from '../gpu/gpu.ts'
import { NO_DRIVER, requestDawnAdapter } from './dawn.ts'

const SOURCES = '/etc/apt/sources.list.d'

/**
 * An adapter as requestDawnAdapter gives it; where there is none, and the environment asks for none in particular, after installing one.
 * @throws GpuError saying what to install where this cannot: not root, not Debian, or apt failed
 */
export async function gpuOrInstall(): Promise<GPUAdapter> {
  try {
    return await requestDawnAdapter()
  } catch (error) {
    if (!(error instanceof GpuError) || error.message !== NO_DRIVER) throw error
    if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw error
  }
  console.error('There is no Vulkan driver here: installing mesa-vulkan-drivers.')
  const isBookworm = /VERSION_CODENAME=bookworm/.test(readFileSync('/etc/os-release', 'utf8'))
  if (isBookworm && !namesBackports())
    writeFileSync(
      join(SOURCES, 'bookworm-backports.list'),
      'deb http://deb.debian.org/debian bookworm-backports main\n',
    )
  apt('update')
  apt(
    'install',
    '-y',
    '--no-install-recommends',
    ...(isBookworm ? ['-t', 'bookworm-backports'] : []),
    'mesa-vulkan-drivers',
  )
  try {
    return await requestDawnAdapter()
  } catch {
    console.error('That gave none: installing chromium for its SwiftShader.')
    apt('install', '-y', '--no-install-recommends', 'chromium', 'libvulkan1')
    return requestDawnAdapter()
  }
}

function namesBackports(): boolean {
  const files = ['/etc/apt/sources.list', ...readdirSync(SOURCES).map(name => join(SOURCES, name))]
  return files.some(file => existsSync(file) && /^[^#]*bookworm-backports/m.test(readFileSync(file, 'utf8')))
}

/** apt's own words go to the error stream; what it did is judged by whether a driver is there afterwards. */
function apt(...args: string[]): void {
  spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}
