// The arcade in a browser is the arcade in Node, byte for byte.
import { expect, test } from 'vitest'
import { clipBytes, GOLDEN } from './golden.ts'

test('the frames, keys and moves of a clip are those of Node', async () => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', clipBytes()))
  expect([...digest].map(byte => byte.toString(16).padStart(2, '0')).join('')).toBe(GOLDEN)
})
