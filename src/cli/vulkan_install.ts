// Installs a Vulkan driver on Debian: lavapipe of Mesa 25, from backports where the release is older, or Chromium's SwiftShader.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GpuError } from '../gpu/errors.ts'
import { NO_DRIVER, requestDawnAdapter } from './dawn.ts'
import { writeWholeSync } from './whole_file.ts'

const SOURCES = '/etc/apt/sources.list.d'

/**
 * An adapter as `requestDawnAdapter` returns it. If there is no driver and the environment names none, installs one first.
 * @throws GpuError that says what to install, where this cannot: not root, not Debian, or apt failed
 */
export async function adapterOrInstall(): Promise<GPUAdapter> {
  try {
    return await requestDawnAdapter()
  } catch (error) {
    if (!(error instanceof GpuError) || error.message !== NO_DRIVER) throw error
    if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw error
  }
  console.error('No Vulkan driver found: installing mesa-vulkan-drivers.')
  const isBookworm = /VERSION_CODENAME=bookworm/.test(readFileSync('/etc/os-release', 'utf8'))
  if (isBookworm && !namesBackports())
    writeWholeSync(
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
    console.error('Still no adapter: installing chromium for its SwiftShader.')
    apt('install', '-y', '--no-install-recommends', 'chromium', 'libvulkan1')
    return requestDawnAdapter()
  }
}

function namesBackports(): boolean {
  const files = ['/etc/apt/sources.list', ...readdirSync(SOURCES).map(name => join(SOURCES, name))]
  return files.some(file => existsSync(file) && /^[^#]*bookworm-backports/m.test(readFileSync(file, 'utf8')))
}

/** apt prints to stderr. Whether it worked shows when the adapter is requested again. */
function apt(...args: string[]): void {
  spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}
