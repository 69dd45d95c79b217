// The world whose weights a training starts from: a folder of the command line, or files that the browser keeps.

import { parseConfig } from '../families/parse_config.ts'
import type { Config } from '../model/config.ts'
import { type OpenFile, readText } from '../weights/model_source.ts'

export interface OtherWorld {
  /** For people. */
  name: string
  has(file: string): Promise<boolean>
  open: OpenFile
}

/** Its config. @throws as readText and parseConfig do */
export async function configOf({ name, open }: OtherWorld): Promise<Config> {
  return parseConfig(await readText(await open('config.json')), `${name}/config.json`)
}
