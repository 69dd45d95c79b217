// The arcade in a browser is the arcade in Node, byte for byte.
import { expect, test } from 'vitest'
import { clipBytes, GOLDEN, SKINS_GOLDEN, skinBytes } from './golden.ts'

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...hash].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

test('the frames, keys and moves of a clip are those of Node', async () => {
  expect(await digest(clipBytes())).toBe(GOLDEN)
})

test('so are those of skins and of the arm', async () => {
  expect(await digest(await skinBytes())).toBe(SKINS_GOLDEN)
})
