// WebGPU under Node: Dawn (`webgpu` on npm) on a Vulkan driver. Where the environment names no driver, this file finds the best one
// on the machine: a GPU's, or a software adapter (lavapipe, SwiftShader).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GpuOptions, isSoftwareAdapter } from '../gpu/device.ts'
import { GpuError } from '../gpu/errors.ts'
import { throttledPolling } from './dawn_poll_throttle.ts'
import { fileTuningCache } from './tuning_cache_file.ts'

const DRIVER_DIRECTORIES = ['usr/share/vulkan/icd.d', 'etc/vulkan/icd.d', 'usr/local/share/vulkan/icd.d']
const SWIFTSHADER_DIRECTORIES = [
  'usr/lib/chromium',
  'usr/lib64/chromium-browser',
  'usr/lib/chromium-browser',
  'opt/google/chrome',
]

/** Drivers by the PCI vendor of a graphics device; `none` where there is no PCI, as in phones. */
const DRIVERS_BY_VENDOR: Record<string, RegExp> = {
  '0x1002': /^(radeon|amd)_icd/,
  '0x8086': /^intel_(hasvk_)?icd/,
  '0x10de': /^nouveau_icd/,
  '0x1af4': /^virtio_icd/,
  none: /^(freedreno|panfrost|broadcom|asahi|powervr_mesa)_icd/,
}

/** Dawn needs the lavapipe of Mesa 25 or newer, which announces Vulkan 1.4. */
const LAVAPIPE_API = [1, 4]

export const NO_DRIVER =
  'No Vulkan driver was found for WebGPU: install the Debian package mesa-vulkan-drivers from bookworm-backports, or chromium with libvulkan1'

/**
 * The values of VK_DRIVER_FILES for this machine, best first: driver manifests, those of one kind joined by colons.
 * @param root the file system's root
 */
export function vulkanDrivers(root = '/', arch: string = process.arch): string[] {
  const manifests = DRIVER_DIRECTORIES.flatMap(directory =>
    list(join(root, directory)).map(name => ({ name, path: join(root, directory, name) })),
  ).filter(({ name }) => name.endsWith('.json') && isForArch(name, arch))
  const matching = (pattern: RegExp) => manifests.filter(({ name }) => pattern.test(name)).map(({ path }) => path)
  const vendors = list(join(root, 'sys/class/drm'))
    .filter(name => name.startsWith('renderD'))
    .map(name => read(join(root, 'sys/class/drm', name, 'device/vendor'))?.trim() ?? 'none')
  const candidates = vendors.map(vendor => matching(DRIVERS_BY_VENDOR[vendor] ?? /^$/))
  if (list(join(root, 'dev')).some(name => /^nvidia\d/.test(name))) candidates.unshift(matching(/^nvidia_icd/))
  candidates.push(matching(/^lvp_icd/).filter(path => speaks(path, LAVAPIPE_API)))
  candidates.push(
    SWIFTSHADER_DIRECTORIES.map(d => join(root, d, 'vk_swiftshader_icd.json')).filter(path => existsSync(path)),
  )
  return [...new Set(candidates.filter(paths => paths.length > 0).map(paths => paths.join(':')))]
}

/** `lvp_icd.x86_64.json` is for one architecture, `lvp_icd.json` for any. */
function isForArch(name: string, arch: string): boolean {
  const named = name.split('.').slice(1, -1).join('.')
  return named === '' || named === { x64: 'x86_64', arm64: 'aarch64' }[arch]
}

function speaks(manifest: string, [major, minor]: number[]): boolean {
  const [, a, b] = read(manifest)?.match(/"api_version"\s*:\s*"(\d+)\.(\d+)/) ?? []
  return Number(a) > major || (Number(a) === major && Number(b) >= minor)
}

const list = (directory: string) => (existsSync(directory) ? readdirSync(directory) : [])
const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** Makes WebGPU's names (GPUBufferUsage, …) global. Dawn looks for a driver only when it creates an instance. */
export async function installWebGpuGlobals(): Promise<typeof import('webgpu')> {
  const dawn = await import('webgpu')
  Object.assign(globalThis, dawn.globals)
  return dawn
}

/** Keeps Dawn's instances from garbage collection: an adapter or device fails once its instance is collected. */
const instances = new Set<GPU>()

/**
 * Options for `Gpu.create` and `World.load` under Node: an adapter, a tuning cache in the user's cache folder, throttled polling.
 * @throws GpuError in one sentence that says what to install
 */
export async function dawnOptions(adapter?: GPUAdapter): Promise<GpuOptions> {
  const found = adapter ?? (await requestDawnAdapter())
  const whileWaiting = isSoftwareAdapter(found.info) ? { whileWaiting: throttledPolling() } : {}
  return { adapter: found, tuningCache: fileTuningCache(), ...whileWaiting }
}

/**
 * The best adapter of this machine, with WebGPU's names (GPUBufferUsage, …) made global. It sets VK_DRIVER_FILES to the
 * driver that it found, because Dawn's Vulkan loader reads the environment.
 * @throws GpuError in one sentence that says what to install
 */
export async function requestDawnAdapter(): Promise<GPUAdapter> {
  const isChosen = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES || process.platform !== 'linux'
  const drivers = isChosen ? [undefined] : vulkanDrivers()
  for (const driver of drivers) {
    if (driver) process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = driver
    const instance = (await installWebGpuGlobals()).create([])
    const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' })
    if (!adapter) continue
    instances.add(instance)
    return adapter
  }
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES
  if (!isChosen) {
    delete process.env.VK_DRIVER_FILES
    delete process.env.VK_ICD_FILENAMES
    throw new GpuError(NO_DRIVER)
  }
  throw new GpuError(
    named
      ? `The Vulkan driver ${named}, which the environment names, has no WebGPU adapter`
      : 'WebGPU found no adapter on this machine',
  )
}
