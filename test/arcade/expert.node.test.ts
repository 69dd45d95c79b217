// The expert solves levels, and what its clips say happened is what happened.
import { describe, expect, test } from 'vitest'
import { runEpisodes } from '../../arcade/agent/episodes.ts'
import { observe, policyConfig } from '../../arcade/agent/policy.ts'
import { Game } from '../../arcade/game/game.ts'
import { expertAction, expertClip } from '../../arcade/policies/expert.ts'
import { majorityLabel } from '../../src/evaluation/best_map.ts'

const SIZE = 64 * 64 * 3

describe('the expert', () => {
  test.each([3, 5, 7, 11, 13, 17, 19, 23])('comes from the start of level %i to its flag without dying', seed => {
    const game = new Game(seed)
    const { level } = game
    let frames = 0
    for (; game.level === level && frames < 400; frames++) game.step(expertAction(game) ?? 0)
    expect(game.level).not.toBe(level)
    expect(game.deaths).toBe(0)
  })

  test('holds the jump key just as long as it rises', () => {
    const clips = Array.from({ length: 9 }, (_, i) => expertClip(7, i, 33, 'meadow'))
    let jumps = 0
    for (const { keys, moves } of clips)
      for (const [t, action] of keys.entries()) {
        expect(action >= 3, `frame ${t}`).toBe(moves[t]! >= 3)
        if (action >= 3) jumps++
      }
    expect(jumps).toBeGreaterThan(20)
  })

  test('leads with action t from frame t to frame t + 1: the picture scrolls in that frame and no other', () => {
    const { frames, keys, moves, player } = expertClip(7, 3, 33, 'meadow')
    expect([frames.length, keys.length]).toEqual([33 * SIZE, 32])
    for (const [t, move] of moves.entries()) {
      const rise = player[4 * t + 1]! - player[4 * (t + 1) + 1]!
      expect(move >= 3).toBe(rise > 0)
    }
  })
})

describe('keys of latent actions', () => {
  test('each means the key that it most often came with; one without samples the commonest of all', () => {
    const latents = [0, 0, 0, 1, 1, 2, 2, 2]
    const keys = [2, 2, 5, 5, 5, 2, 1, 1]
    const all = [...latents.keys()]
    expect(majorityLabel(latents, keys, all, 4)).toEqual([2, 5, 1, 2])
    expect(majorityLabel(latents, keys, [2], 4)).toEqual([5, 5, 5, 5])
  })
})

describe('a policy', () => {
  const config = policyConfig(6)

  test('sees the mean colour of every 4×4 pixels from the player on', () => {
    const rgb = new Uint8Array(2 * SIZE)
    const paint = (frame: number, x: number, y: number, red: number) => {
      rgb[frame * SIZE + 3 * (64 * y + x)] = red
    }
    paint(1, 24, 0, 160)
    paint(1, 27, 3, 160)
    paint(1, 55, 63, 32)
    paint(1, 23, 0, 255)
    paint(1, 56, 63, 255)
    const words = observe(config, rgb)
    expect(words).toHaveLength(2 * 16 * 8)
    expect([...words.entries()].filter(([, word]) => word !== 0)).toEqual([
      [128, 20],
      [255, 2],
    ])
  })

  test('plays more levels than fit at once, each to its flag, its death or the last frame', async () => {
    const episode = (seed: number, key: number) => ({ seed, start: 90, keys: [key] })
    const episodes = [episode(3, 0), episode(5, 2), episode(7, 2), episode(11, 5), episode(13, 1)]
    const played = await runEpisodes(episodes, config, async () => [0, 0], { games: 2, limit: 40 })
    const alone = await Promise.all(
      episodes.map(async one => (await runEpisodes([one], config, async () => [0], { games: 1, limit: 40 }))[0]),
    )
    expect(played).toEqual(alone)
    expect(played[0]).toBe('late')
    expect(played).toContain('died')
  })
})
