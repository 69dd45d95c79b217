// Runs the command line as a person would, in a process of its own.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The command line's file. */
export const DJINN = join(ROOT, 'bin/djinn.mjs')

/** `code`, and what it said on each stream. */
export function djinn(
  args: string[],
  env: Record<string, string> = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DJINN, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { code: status, out: stdout, err: stderr }
}

/** A directory for a test file's files, removed after it. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'djinn-test-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  return directory
}
