// Files that are written whole or not at all: under a temporary name in the same folder, synced to the disk, then renamed. A reader of
// the file sees the one before or the new one, even if this process or the machine crashes in between.
import { createHash, randomInt } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file system allows no file of this size',
  EROFS: 'the file system is read-only',
  EACCES: 'no permission to write in its folder',
  EPERM: 'no permission to write in its folder',
  ENAMETOOLONG: 'its name is too long for the file system',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  ENOTEMPTY: 'it is a folder',
  EEXIST: 'a file with the name of its folder exists',
  ELOOP: 'its links lead round in a circle',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
}

/** What a failed write means, in one sentence with the path. Errors that are not of the file system stay as they are. */
export function writeError(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error as Error
  return new Error(`${path} cannot be written: ${REASONS[code] ?? message}`, { cause: error })
}

/** A file while it is being written; it takes its place when committed. */
export class WholeFile {
  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
    private readonly target: string,
    private readonly temporary: string,
  ) {}

  /** @throws Error in one sentence with the path */
  static async open(path: string): Promise<WholeFile> {
    try {
      const target = targetOf(path)
      const temporary = temporaryFor(target)
      return new WholeFile(path, await open(temporary, 'w'), target, temporary)
    } catch (error) {
      throw writeError(path, error)
    }
  }

  /** Writes all of `bytes` at a position in the file. @throws Error in one sentence with the path */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.byteLength; ) {
        const { bytesWritten } = await this.handle.write(bytes, at, bytes.byteLength - at, position + at)
        at += bytesWritten
      }
    } catch (error) {
      throw writeError(this.path, error)
    }
  }

  /** Puts the file in its place. @throws Error in one sentence with the path; nothing is left of the new file then */
  async commit(): Promise<void> {
    try {
      await this.handle.sync()
      await this.handle.close()
      replace(this.temporary, this.target)
    } catch (error) {
      await this.abandon()
      throw writeError(this.path, error)
    }
  }

  /** Removes what was written; the file before stays. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined)
    rmSync(this.temporary, { force: true })
  }
}

/** Writes a file. @throws Error in one sentence with the path; the file before stays then */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const file = await WholeFile.open(path)
  try {
    await file.write(typeof data === 'string' ? Buffer.from(data) : data, 0)
  } catch (error) {
    await file.abandon()
    throw error
  }
  await file.commit()
}

/** The same for callers that cannot wait. */
export function writeWholeSync(path: string, data: string): void {
  let temporary: string | undefined
  try {
    const target = targetOf(path)
    temporary = temporaryFor(target)
    writeFileSync(temporary, data, { flush: true })
    replace(temporary, target)
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true })
    throw writeError(path, error)
  }
}

/** Makes a folder and those above it. @throws Error in one sentence with the path */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw writeError(path, error)
  }
}

/** The file that a link leads to, so that the link stays one. */
function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return join(realpathSync(dirname(path)), basename(path))
  }
}

/**
 * A name beside the file that no other process or write uses, short whatever the file's name is. Removes what writes of the same file
 * left there when their processes were killed.
 */
function temporaryFor(target: string): string {
  const folder = dirname(target)
  const key = createHash('sha256')
    .update(`${hostname()}/${basename(target)}`)
    .digest('hex')
    .slice(0, 16)
  const left = new RegExp(`^\\.djinn-${key}-(\\d+)-\\d+\\.part$`)
  for (const name of readdirSync(folder)) {
    const pid = name.match(left)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
  return join(folder, `.djinn-${key}-${process.pid}-${randomInt(2 ** 48 - 1)}.part`)
}

/** Whether a process of this machine with this id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function replace(temporary: string, target: string): void {
  const before = statSync(target, { throwIfNoEntry: false })
  if (before?.isFile()) chmodSync(temporary, before.mode & 0o7777)
  renameSync(temporary, target)
  syncFolder(dirname(target))
}

/** Syncs a folder's list of names to the disk. Systems that cannot, such as Windows, do not need it. */
function syncFolder(path: string): void {
  let folder: number
  try {
    folder = openSync(path, 'r')
  } catch {
    return
  }
  try {
    fsyncSync(folder)
  } catch {
    // EINVAL: this file system has no sync for folders.
  } finally {
    closeSync(folder)
  }
}
