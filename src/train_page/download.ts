// The world as a file to take home: what `djinn play` and World.load take as a folder, in one zip, stored as it is.

import { zipSync } from 'fflate'
import { COMPONENT_NAMES } from '../model/components.ts'
import { create } from '../ui/dom.ts'
import type { Project } from './project.ts'

/** Hands it to the browser, and gives its size in bytes. @throws FormatError when a component is missing */
export async function downloadWorld(project: Project, name: string): Promise<number> {
  const files: Record<string, Uint8Array> = { 'config.json': new TextEncoder().encode(await project.configText()) }
  for (const component of COMPONENT_NAMES) files[`${component}.safetensors`] = await project.weights(component)
  // Weights hardly shrink.
  const blob = new Blob([zipSync(files, { level: 0 }) as Uint8Array<ArrayBuffer>], { type: 'application/zip' })
  const href = URL.createObjectURL(blob)
  create('a', { href, download: `${name}.zip` }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
  return blob.size
}
