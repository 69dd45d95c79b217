// Files of the repository, fetched by a test in the browser.

import { type ByteSource, bytesSource } from '../../src/weights/safetensors.ts'
import type { Files } from './random_model.ts'

/** The named files of a folder such as /test/golden/tiny. */
export async function fetchFiles(folder: string, names: readonly string[]): Promise<Files> {
  const entries = names.map(async name => {
    const response = await fetch(`${folder}/${name}`)
    if (!response.ok) throw new Error(`${folder}/${name}: status ${response.status}`)
    return [name, new Uint8Array(await response.arrayBuffer())] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** How `validate` opens a component. */
export const opener =
  (files: Files) =>
  async (file: string): Promise<ByteSource> => {
    const bytes = files[file]
    if (!bytes) throw new Error(`${file} does not exist`)
    return bytesSource(file, bytes)
  }
