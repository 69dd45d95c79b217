// The choice of a Vulkan driver: a GPU's before a software adapter's.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { vulkanDrivers } from '../../src/cli/dawn.ts'
import { scratch } from './run.ts'

const FOLDER = scratch()
const ICD = 'usr/share/vulkan/icd.d'
let machines = 0

/** The names of the drivers chosen on a machine with these files. */
function chosen(files: Record<string, string>, arch = 'x64'): string[] {
  const root = join(FOLDER, `${machines++}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return vulkanDrivers(root, arch).map(paths => paths.replaceAll(`${root}/`, '').replaceAll(`${ICD}/`, ''))
}

const mesa = (version: string) => `{ "ICD": { "api_version": "${version}", "library_path": "lib.so" } }`
const software = {
  [`${ICD}/lvp_icd.x86_64.json`]: mesa('1.4.305'),
  'usr/lib/chromium/vk_swiftshader_icd.json': mesa('1.1.0'),
}

test('without a GPU: lavapipe, then SwiftShader; other drivers have no device', () => {
  expect(chosen({ ...software, [`${ICD}/radeon_icd.json`]: mesa('1.4.305') })).toEqual([
    'lvp_icd.x86_64.json',
    'usr/lib/chromium/vk_swiftshader_icd.json',
  ])
})

test('lavapipe of an old Mesa or of another architecture is passed over', () => {
  expect(chosen({ ...software, [`${ICD}/lvp_icd.x86_64.json`]: mesa('1.3.230') })).toEqual([
    'usr/lib/chromium/vk_swiftshader_icd.json',
  ])
  expect(chosen({ [`${ICD}/lvp_icd.x86_64.json`]: mesa('1.4.305') }, 'arm64')).toEqual([])
})

test('a GPU of Intel: both its drivers first', () => {
  const gpu = { 'sys/class/drm/renderD128/device/vendor': '0x8086\n' }
  const drivers = {
    [`${ICD}/intel_icd.x86_64.json`]: mesa('1.4.305'),
    [`${ICD}/intel_hasvk_icd.x86_64.json`]: mesa('1.3.0'),
  }
  const [first] = chosen({ ...software, ...gpu, ...drivers })
  expect(first.split(':').sort()).toEqual(['intel_hasvk_icd.x86_64.json', 'intel_icd.x86_64.json'])
})

test("Nvidia's driver where there is its device", () => {
  const driver = { 'etc/vulkan/icd.d/nvidia_icd.json': mesa('1.3.0') }
  expect(chosen({ ...software, ...driver, 'dev/nvidia0': '' })[0]).toBe('etc/vulkan/icd.d/nvidia_icd.json')
  expect(chosen({ ...software, ...driver })[0]).toBe('lvp_icd.x86_64.json')
})

test('no driver where none is installed', () => {
  expect(chosen({})).toEqual([])
})
