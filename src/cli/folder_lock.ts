// A lock on a folder: a file that names the process holding it. Once that process has ended, another may take the lock over. It needs
// hard links or exclusive creation of files, as every POSIX file system has.
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isAlive, writeError } from './whole_file.ts'

/** The process that holds a lock. Process ids are reused; with the start times of process and machine, one names a single process. */
interface Holder {
  pid: number
  started: string
  boot: string
  host: string
  id: string
}

export interface FolderLock {
  /** @throws Error where another process has taken the lock over since */
  check(): void
  release(): void
}

/**
 * Takes the lock `name` of a folder.
 * @throws Error in one sentence that names the holder, where it lives or may live
 */
export function lockFolder(folder: string, name: string, purpose: string): FolderLock {
  const path = join(folder, name)
  const own: Holder = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    boot: bootOf(),
    host: hostname(),
    id: randomUUID(),
  }
  // A taken lock whose holder is dead is moved away, at most once for every process that tries at the same time.
  for (let attempt = 0; attempt < 100; attempt++) {
    if (create(path, own)) return heldLock(path, own, purpose)
    const holder = readHolder(path)
    if (holder === undefined) continue
    if (holder && mayLive(holder))
      throw new Error(
        holder.host === own.host
          ? `${folder}: another ${purpose}, process ${holder.pid}, is at work here: wait for it, or give this one another folder`
          : `${folder}: another ${purpose}, process ${holder.pid} on ${holder.host}, may be at work here: if it is not, delete ${path}`,
      )
    moveAway(path, holder)
  }
  throw new Error(`${path} cannot be taken: other processes keep taking it`)
}

function heldLock(path: string, own: Holder, purpose: string): FolderLock {
  const isOwn = () => {
    const holder = readHolder(path)
    return holder?.id === own.id
  }
  return {
    check() {
      if (!isOwn())
        throw new Error(`${path} is no longer held by this ${purpose}: another process has deleted it or taken it over`)
    },
    release() {
      if (isOwn()) rmSync(path, { force: true })
    },
  }
}

/** Creates the file with its whole content at once. @returns false where there is one */
function create(path: string, own: Holder): boolean {
  const text = JSON.stringify(own)
  const draft = `${path}.${own.id}`
  try {
    writeFileSync(draft, text, { flush: true })
    try {
      linkSync(draft, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      // A file system without hard links.
      writeFileSync(path, text, { flag: 'wx', flush: true })
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw writeError(path, error)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** @returns undefined where there is no file, null where it names no process */
function readHolder(path: string): Holder | null | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read: ${(error as Error).message}`)
  }
  try {
    const { pid, started, boot, host, id } = JSON.parse(text) as Holder
    return Number.isInteger(pid) && [started, boot, host, id].every(field => typeof field === 'string')
      ? { pid, started, boot, host, id }
      : null
  } catch {
    return null
  }
}

/** Whether the process that wrote this may still run. A process of another machine may. */
function mayLive({ pid, started, boot, host }: Holder): boolean {
  if (host !== hostname()) return true
  if (boot !== bootOf() || !isAlive(pid)) return false
  const now = startOf(pid)
  return now === undefined || now === started
}

/** Renames the lock of a process that has ended. If another process has taken the lock meanwhile, its lock is put back. */
function moveAway(path: string, dead: Holder | null): void {
  const moved = `${path}.${randomUUID()}`
  try {
    renameSync(path, moved)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw writeError(path, error)
  }
  try {
    if (readHolder(moved)?.id !== dead?.id) linkSync(moved, path)
  } catch {
    // Another process has taken the lock by now. Its holder notices when it checks.
  } finally {
    rmSync(moved, { force: true })
  }
}

/** When a process began, as the system reports it; undefined where that is not known or it is a zombie. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux')
    try {
      // The program's name, in parentheses, may hold anything.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')
      return fields[0] === 'Z' ? 'ended' : fields[19]
    } catch {
      return undefined
    }
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' })
  return stdout?.trim() || undefined
}

/** An id of the machine's last boot; empty where the system does not tell it. */
function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
