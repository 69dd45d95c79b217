// A model's key table (config.json's "keys"): key → latent action. `"ArrowLeft": 3` is one key, `"ArrowRight+ArrowUp": 5` two keys
// held together, `""` no key at all.

/** Whether the table binds a key. Before keys are bound it may have the action of no key alone. */
export const bindsKeys = (table: Readonly<Record<string, number>> = {}): boolean =>
  Object.keys(table).some(name => name !== '')

/**
 * The latent action of keys held together, the newest last. The newest key that the table names decides: together with the newest
 * other key if the table names that pair, in either order, else alone. Undefined if the table names none of the keys.
 */
export function actionForKeys(table: Readonly<Record<string, number>>, held: readonly string[]): number | undefined {
  const lookUp = (name: string) => (Object.hasOwn(table, name) ? table[name] : undefined)
  if (held.length === 0) return lookUp('')
  const newestFirst = held.toReversed()
  for (const [i, key] of newestFirst.entries()) {
    for (const other of newestFirst.slice(i + 1)) {
      const both = lookUp(`${key}+${other}`) ?? lookUp(`${other}+${key}`)
      if (both !== undefined) return both
    }
    if (lookUp(key) !== undefined) return lookUp(key)
  }
  return undefined
}
