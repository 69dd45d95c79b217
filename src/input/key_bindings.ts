// What keys of the keyboard ask of a world, by its own table (config.json's "keys"): `"ArrowLeft": 3`, two held together
// `"ArrowRight+ArrowUp": 5`, and as `""` what no key at all means.

/**
 * The latent action of the keys held together, the newest last: the newest key that means anything, as a pair with the
 * newest other one where the table names the two in either order, else by itself. Undefined where none means anything.
 */
export function actionForKeys(table: Readonly<Record<string, number>>, held: readonly string[]): number | undefined {
  const named = (name: string) => (Object.hasOwn(table, name) ? table[name] : undefined)
  if (held.length === 0) return named('')
  const newestFirst = held.toReversed()
  for (const [i, key] of newestFirst.entries()) {
    for (const other of newestFirst.slice(i + 1)) {
      const both = named(`${key}+${other}`) ?? named(`${other}+${key}`)
      if (both !== undefined) return both
    }
    if (named(key) !== undefined) return named(key)
  }
  return undefined
}
