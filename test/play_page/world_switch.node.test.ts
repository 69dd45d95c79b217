// Which world plays a picture, and the change to it.

import { expect, test } from 'vitest'
import { WorldSwitch } from '../../src/play_page/world_switch.ts'

/** A switch that begins at `a`. Loads are named in `loads`; those of `bad` fail. They end when `pass` is called. */
function switches(bad = '') {
  const loads: string[] = []
  const waiting: (() => void)[] = []
  const worlds = new WorldSwitch('a', async address => {
    loads.push(address)
    await new Promise<void>(resolve => waiting.push(resolve))
    if (address === bad) throw new Error(`${address} is broken`)
  })
  const pass = async () => {
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    waiting.shift()!()
  }
  return { worlds, loads, pass }
}

test('a change waits for the one before, and of several only the last happens', async () => {
  const { worlds, loads, pass } = switches()
  const changes = [worlds.to('b')]
  await expect.poll(() => loads).toEqual(['b'])
  changes.push(worlds.to('c'), worlds.to('d'))
  expect([worlds.address, worlds.next]).toEqual(['a', 'd'])
  await pass()
  await pass()
  expect(await Promise.all(changes)).toEqual([false, false, true])
  expect([loads, worlds.address]).toEqual([['b', 'd'], 'd'])
  expect(await worlds.to('d')).toBe(true)
  expect(loads).toHaveLength(2)
})

test('back to the world that plays, while another loads', async () => {
  const { worlds, loads, pass } = switches()
  const there = worlds.to('b')
  await expect.poll(() => loads).toEqual(['b'])
  const back = worlds.to('a')
  await pass()
  await pass()
  expect([await there, await back]).toEqual([false, true])
  expect([loads, worlds.address]).toEqual([['b', 'a'], 'a'])
})

test('after a load that fails the world before is loaded again', async () => {
  const { worlds, loads, pass } = switches('b')
  const change = worlds.to('b')
  await pass()
  await pass()
  await expect(change).rejects.toThrow('b is broken')
  expect([loads, worlds.address, worlds.next]).toEqual([['b', 'a'], 'a', 'a'])
})
