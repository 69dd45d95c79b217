// The trained world as one zip file: the folder that `djinn play` and World.load take.

import { zipSync } from 'fflate'
import { COMPONENT_NAMES } from '../model/component_names.ts'
import { download } from '../ui/dom.ts'
import type { Project } from '../ui/project.ts'

/** Downloads it. @returns its size in bytes @throws FormatError when a component has no checkpoint */
export async function downloadWorld(project: Project, name: string): Promise<number> {
  const files: Record<string, Uint8Array> = { 'config.json': new TextEncoder().encode(await project.configText()) }
  for (const component of COMPONENT_NAMES) files[`${component}.safetensors`] = await project.weights(component)
  // Uncompressed: weights hardly shrink.
  const blob = new Blob([zipSync(files, { level: 0 }) as Uint8Array<ArrayBuffer>], { type: 'application/zip' })
  download(blob, `${name}.zip`)
  return blob.size
}
