// The last preview of each component, kept in the browser, so that a reload shows it again.

import type { ComponentName } from '../model/component_names.ts'
import { fileSource, type Project, previewName } from '../ui/project.ts'
import { FormatError } from '../weights/format_error.ts'
import { type HostTensor, hostTensor, joined, readSafetensors, writeSafetensors } from '../weights/safetensors.ts'
import type { Preview } from './previews.ts'

/** @throws Error as Project.write does */
export async function storePreview(project: Project, component: ComponentName, preview: Preview): Promise<void> {
  const rows: Record<string, HostTensor> = {}
  for (const [i, { pictures }] of preview.entries()) {
    const bytes = joined(pictures.map(picture => new Uint8Array(picture.buffer)))
    rows[`row ${i}`] = hostTensor(bytes, [pictures.length, bytes.length / pictures.length])
  }
  const labels = JSON.stringify(preview.map(({ label }) => label))
  await project.write(previewName(component), joined(writeSafetensors(rows, { labels })))
}

/** The stored preview; undefined where there is none that can be read. */
export async function storedPreview(project: Project, component: ComponentName): Promise<Preview | undefined> {
  const file = await project.file(previewName(component))
  if (!file?.size) return undefined
  try {
    const { tensors, metadata } = await readSafetensors(fileSource(file))
    const labels: string[] = JSON.parse(metadata.labels!)
    return labels.map((label, i) => {
      const { shape, data } = tensors.get(`row ${i}`)!
      const [count, bytes] = shape as [number, number]
      const picture = (n: number) => new Uint8ClampedArray(data.slice(n * bytes, (n + 1) * bytes))
      return { label, pictures: Array.from({ length: count }, (_, n) => picture(n)) }
    })
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}
