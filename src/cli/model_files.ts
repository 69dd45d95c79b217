// A model's directory on disk as a ModelSource.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseConfig } from '../families/parse_config.ts'
import type { Config } from '../model/config.ts'
import { type ModelSource, readText } from '../weights/model_source.ts'
import type { ByteSource } from '../weights/safetensors.ts'

const CHUNK = 1 << 20 // bytes

/**
 * A file that streams in chunks of 1 MiB.
 * @throws Error in one sentence with the path when there is no such file
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read: ${error.message}`)
  })
  if (!found.isFile()) throw new Error(`${path} is not a file`)
  return { name: path, size: found.size, stream: () => createReadStream(path, { highWaterMark: CHUNK }) }
}

/** The model in `directory`. */
export function directorySource(directory: string): ModelSource {
  return { name: basename(directory) || directory, open: file => fileSource(join(directory, file)) }
}

/** A model's config, without its weights. @throws as fileSource and parseConfig do */
export async function readConfig(directory: string): Promise<Config> {
  const path = join(directory, 'config.json')
  return parseConfig(await readText(await fileSource(path)), path)
}
