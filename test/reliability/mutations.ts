// Files and texts corrupted at random, the same for the same seed: accidental damage by servers, disks and mail programs, and deliberate
// damage.
import type { Pcg } from '../../src/random.ts'

const NUMBERS = [
  '-1',
  '0.5',
  '1e300',
  '9007199254740993',
  '18446744073709551615',
  '4294967296',
  '00',
  'null',
  '"2"',
  'true',
  '{}',
  '[]',
  'NaN',
]
const TEXTS = [
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202egnp.exe',
  '__proto__',
  'toString',
  'x'.repeat(5000),
  '\ud800',
  '\\u0000',
  '"',
]

/** A file with a header of JSON behind eight bytes of its length: bytes flipped, lengths forged, the header's JSON corrupted. */
export function corruptFile(file: Uint8Array, random: Pcg): Uint8Array {
  const good = new Uint8Array(file) // a Buffer's slices would share its memory
  const kind = random.below(10)
  if (kind === 0) return good.slice(0, random.below(good.length))
  if (kind === 1) return Buffer.concat([good, good.subarray(random.below(good.length))])
  if (kind === 2) return forgeLength(good, random)
  if (kind < 6) return flip(good, random, random.chance(50) ? good.length : headerOf(good) + 8)
  const end = 8 + headerOf(good)
  const json = corruptJson(Buffer.from(good.subarray(8, end)).toString(), random)
  const header = Buffer.from(random.chance(5) ? json : json.padEnd(8 * Math.ceil(json.length / 8)))
  if (random.chance(10)) header[random.below(header.length)] = 0xff // no UTF-8
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, good.subarray(end)])
}

/** JSON with a number, a name, a nesting or a part of it corrupted. */
export function corruptJson(json: string, random: Pcg): string {
  const kind = random.below(8)
  const at = random.below(json.length)
  if (kind < 3) return replaceOne(json, /-?\d+(\.\d+)?|true|false/g, random, NUMBERS)
  if (kind < 5) return replaceOne(json, /(?<=")[^":,]+(?=")/g, random, TEXTS)
  if (kind === 5) return duplicate(json, random)
  if (kind === 6) {
    const depth = random.chance(3) ? 100_000 : 1 + random.below(50)
    const [open, close] = random.chance(50) ? ['[', ']'] : ['{"a":', '}']
    const nested = `${open.repeat(depth)}0${close.repeat(random.chance(80) ? depth : 0)}`
    return replaceOne(json, /-?\d+(\.\d+)?|\[[^[\]]*\]|\{[^{}]*\}/g, random, [nested])
  }
  return json.slice(0, at) + json.slice(at + random.below(20))
}

/** A link: letters of the alphabet and others changed, left out, repeated, cut off. */
export function corruptText(text: string, random: Pcg): string {
  const at = random.below(text.length + 1)
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(random.below(text.length))
    case 2:
      return text.slice(0, at) + ['%', ' ', '\u001b', 'é', '\ud83d'][random.below(5)] + text.slice(at)
    case 3:
      return text.repeat(1 + random.below(3)) + '_'.repeat(random.below(random.chance(1) ? 200_000 : 50))
    default: {
      const letters = [...text]
      for (let changes = 1 + random.below(4); changes > 0; changes--)
        letters[random.below(letters.length)] = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[
          random.below(64)
        ]!
      return letters.join('')
    }
  }
}

const headerOf = (file: Uint8Array) => Number(Buffer.from(file.subarray(0, 8)).readBigUInt64LE())

function forgeLength(good: Uint8Array, random: Pcg): Uint8Array {
  const file = Buffer.from(good)
  const lengths = [
    0n,
    1n,
    2n ** 64n - 1n,
    2n ** 63n,
    2n ** 53n,
    100_000_000n,
    99_999_999n,
    BigInt(random.below(2 * good.length)),
  ]
  file.writeBigUInt64LE(lengths[random.below(lengths.length)]!)
  return file
}

function flip(good: Uint8Array, random: Pcg, within: number): Uint8Array {
  const file = good.slice()
  for (let flips = 1 + random.below(5); flips > 0; flips--) file[random.below(within)]! ^= 1 << random.below(8)
  return file
}

function replaceOne(text: string, pattern: RegExp, random: Pcg, choices: readonly string[]): string {
  const found = [...text.matchAll(pattern)]
  if (found.length === 0) return text.slice(1)
  const { index, 0: old } = found[random.below(found.length)]!
  return text.slice(0, index) + choices[random.below(choices.length)] + text.slice(index + old.length)
}

/** One of the object's entries twice. */
function duplicate(json: string, random: Pcg): string {
  const entries = [...json.matchAll(/"[^"]+":(\{[^{}]*\}|\[[^[\]]*\]|"[^"]*"|[\d.]+)/g)]
  if (entries.length === 0) return `${json}${json}`
  const { index, 0: entry } = entries[random.below(entries.length)]!
  return `${json.slice(0, index)}${entry},${json.slice(index)}`
}
